import { flushPromises } from '@vue/test-utils';
import { afterEach, describe, expect, test, vi } from 'vitest';
import MessageTrace from '~/components/details/MessageTrace.vue';
import TraceLine from '~/components/trace/TraceLine.vue';
import { anInsert, aRow } from '../support/a-row';
import { named, show } from '../support/page';
import { joinedRoom, mine } from '../support/room';

/** The room with a message of its own, published at 1,000 ms on the page's clock. */
async function sent() {
  const frames: FrameRequestCallback[] = [];
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  vi.stubGlobal('requestAnimationFrame', (frame: FrameRequestCallback) => frames.push(frame));
  vi.advanceTimersByTime(1_000);
  const room = await joinedRoom();
  // So that the line, which is loaded on demand, is there at once.
  await import('~/components/trace/TraceLine.vue');
  let acknowledge: () => void = () => undefined;
  room.api.onPublish = () => new Promise((resolve) => (acknowledge = resolve));
  await named(room.wrapper, 'textarea', 'Write a message...').setValue('hello');
  await room.wrapper.get('form').trigger('submit');
  await flushPromises();
  const id = room.api.published[0]?.id ?? '';
  return {
    ...room,
    id,
    acknowledge: () => (acknowledge(), flushPromises()),
    comeBack: () => room.receive(anInsert(aRow(1, { ...mine, msg_id: id, msg_data: 'hello' }))),
    nextFrames: async () => {
      for (let frame = frames.shift(); frame; frame = frames.shift()) frame(0);
      await flushPromises();
    },
    line: () => room.wrapper.getComponent(TraceLine),
    lit: () => room.wrapper.findAll('.trace-stop-reached').map((stop) => stop.text()),
    said: () => room.wrapper.findAll('[role=status]').map((status) => status.text()),
  };
}

describe('The line below the newest own message', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  test('fills as evidence arrives, then shows the total and announces it once', async () => {
    const { acknowledge, comeBack, nextFrames, line, lit, said, id } = await sent();
    expect(line().element.closest('li')?.dataset.messageId).toBe(id);
    expect(lit()).toEqual(['page']);
    await acknowledge();
    expect(lit()).toEqual(['page', 'Ably']);
    vi.advanceTimersByTime(142);
    await comeBack();
    expect(lit()).toEqual(['page', 'Ably', 'Lambda', 'Postgres', 'back']);
    expect(said().join('')).toBe('');
    await nextFrames();
    expect(line().get('button').text()).toBe('142 ms');
    expect(said()).toContain('Your message came back from the database after 142 ms.');
  });

  test('keeps its last stop lit while it stalls, and counts the time since', async () => {
    const { acknowledge, comeBack, nextFrames, line, lit } = await sent();
    vi.advanceTimersByTime(1_000);
    await flushPromises();
    expect(line().text()).not.toContain('ago');
    vi.advanceTimersByTime(2_000);
    await flushPromises();
    expect(line().text()).toContain('sent 3 s ago, no answer from Ably yet');
    await acknowledge();
    vi.advanceTimersByTime(125_000);
    await flushPromises();
    expect(lit()).toEqual(['page', 'Ably']);
    expect(line().text()).toContain('at Ably for 2 min 5 s, not back yet');
    await comeBack();
    await nextFrames();
    expect(line().text()).not.toContain('not back yet');
    expect(line().get('button').text()).toBe('2 min 8 s');
    expect(vi.getTimerCount()).toBe(1); // useNow's
  });

  test('opens the whole trace, which takes the focus', async () => {
    const { store, comeBack, nextFrames, line } = await sent();
    await comeBack();
    await nextFrames();
    const panel = show(MessageTrace, {}, store);
    await line().get('button').trigger('click');
    await flushPromises();
    expect(store.state.details.showsDiagram).toBe(true);
    expect(document.activeElement).toBe(panel.element);
  });

  test('is not there for a message that was rejected, nor for messages of others', async () => {
    const { api, wrapper, receive } = await joinedRoom();
    await receive(anInsert(aRow(1)));
    api.onPublish = () => Promise.reject(new Error('no'));
    await named(wrapper, 'textarea', 'Write a message...').setValue('hello');
    await wrapper.get('form').trigger('submit');
    await flushPromises();
    expect(wrapper.text()).toContain('not sent');
    expect(wrapper.findComponent(TraceLine).exists()).toBe(false);
  });
});

describe('The whole trace', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  test('has one figure for each bracket of hops, and a separate total', async () => {
    const { store, acknowledge, comeBack, nextFrames } = await sent();
    const panel = show(MessageTrace, {}, store);
    const figures = () =>
      panel.findAll('[data-measure]').map((measure) => {
        const hops = measure.findAll('.trace-bracket > li').length;
        return `${measure.attributes('data-measure')} (${hops}): ${measure.get('[data-figure]').text()}`;
      });
    await acknowledge();
    expect(figures()).toEqual([
      'network (2): in progress',
      'behindAbly (4): in progress',
      'screen (1): in progress',
      'total (0): in progress',
    ]);
    // Ably's two timestamps are 4,000 ms apart (the row's is 1,000).
    vi.advanceTimersByTime(4_030);
    await comeBack();
    vi.advanceTimersByTime(16);
    await nextFrames();
    expect(figures()).toEqual([
      'network (2): 30 ms',
      'behindAbly (4): 4,000 ms',
      'screen (1): 16 ms',
      'total (0): 4,046 ms',
    ]);
    expect(panel.text()).toContain('row 1, revision 1');
  });
});
