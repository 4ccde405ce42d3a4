import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { anInsert, anUpdate, aRow } from '../support/a-row';
import { historyOf } from '../support/fake-api';
import { named } from '../support/page';
import { joinedRoom, mine } from '../support/room';

describe('A change to a visible message', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  /** A room with a message on the screen. */
  async function shown(by: object = {}) {
    const room = await joinedRoom();
    await room.receive(anInsert(aRow(1, { ...by, msg_data: 'we meet at noon' })));
    return {
      ...room,
      change: async (revision: number, msg_data: string, more: object = {}) => {
        await room.receive(anUpdate(aRow(1, { ...by, revision, msg_data, ...more })));
        await vi.dynamicImportSettled();
        await flushPromises();
      },
      marks: () => room.wrapper.findAll('mark').map((mark) => mark.text()),
      text: () => room.item('message-1').get('article .message-text').text(),
    };
  }

  test('has its words marked for two seconds', async () => {
    const { change, marks, text } = await shown();
    expect(marks()).toEqual([]);
    await change(2, 'we meet at one', { is_edited: true });
    expect(marks()).toEqual(['one']);
    expect(text()).toBe('we meet at one');
    await vi.advanceTimersByTimeAsync(1_999);
    expect(marks()).toEqual(['one']);
    await vi.advanceTimersByTimeAsync(1);
    expect(marks()).toEqual([]);
    expect(text()).toBe('we meet at one');
  });

  test('by SQL is marked too, and several in a row are marked together', async () => {
    const { change, marks } = await shown();
    await change(2, 'we meet at one');
    await vi.advanceTimersByTimeAsync(1_500);
    await change(3, 'they meet at one');
    expect(marks()).toEqual(['they', 'one']);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(marks()).toEqual([]);
  });

  test('marks a link as a whole', async () => {
    const { change, wrapper } = await shown();
    await change(2, 'we meet at https://a.example/noon');
    expect(wrapper.get('a').classes()).toContain('changed');
  });

  test('is not marked when the row changes without its text, or an older row arrives', async () => {
    const { change, marks } = await shown();
    await change(3, 'we meet at noon', { username: 'Anna' });
    await change(2, 'we met at noon');
    expect(marks()).toEqual([]);
  });

  test('of which history knows only the result is not marked', async () => {
    const { store, api, marks, item } = await shown();
    api.history = historyOf(() => [aRow(2, { revision: 4, msg_data: 'changed long ago' })]);
    await store.dispatch('messages/catchUp');
    await flushPromises();
    expect(item('message-2').text()).toContain('changed long ago');
    expect(marks()).toEqual([]);
  });

  test('by the person is not marked, neither when it is made nor when it is confirmed', async () => {
    const { change, marks, item, api } = await shown(mine);
    await named(item('message-1'), 'button', 'Edit message').trigger('click');
    await named(item('message-1'), 'textarea', 'Edit your message').setValue('we meet at one');
    await item('message-1').get('form').trigger('submit');
    await flushPromises();
    expect(api.published).toHaveLength(1);
    expect(marks()).toEqual([]);
    await change(2, 'we meet at one', { is_edited: true });
    expect(marks()).toEqual([]);
  });

  test('is marked when it takes the place of what the person wrote', async () => {
    const { change, marks, text, store } = await shown(mine);
    await store.dispatch('sending/edit', { msgId: 'message-1', content: 'we meet at one' });
    await flushPromises();
    expect(text()).toBe('we meet at one');
    await change(2, 'we meet at two', { is_edited: true, edited_at_timestamp: Date.now() + 1_000 });
    expect(text()).toBe('we meet at two');
    expect(marks()).toEqual(['two']);
  });
});

describe('The byline of a message', () => {
  const outside = (room: Awaited<ReturnType<typeof joinedRoom>>) =>
    room
      .item('message-1')
      .findAll('[role=img]')
      .map((sign) => sign.attributes('aria-label'));

  test.each([
    [{}, []],
    [{ source: 'chat' as const }, []],
    [{ source: 'database' as const }, ['written outside the chat']],
    [{ source: 'database' as const, revision: 2 }, ['changed outside the chat']],
    [{ source: 'database' as const, revision: 3, is_edited: true }, ['changed outside the chat']],
    [{ source: 'chat' as const, revision: 3, is_edited: true }, []],
    // Older than the record of it.
    [{ source: null, revision: 2 }, ['changed outside the chat']],
    [{ source: null, revision: 2, is_edited: true }, []],
  ])('has a sign of what SQL did: %o', async (row, expected) => {
    const room = await joinedRoom();
    await room.receive(anInsert(aRow(1, row)));
    expect(outside(room)).toEqual(expected);
  });
});
