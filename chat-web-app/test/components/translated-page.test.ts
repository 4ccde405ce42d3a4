import { flushPromises } from '@vue/test-utils';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { aDelete, anInsert, anUpdate, aRow } from '../support/a-row';
import { named } from '../support/page';
import { joinedRoom, mine } from '../support/room';
import { translatePage } from '../support/translate';

/** What can happen to messages on the screen, in this order. */
const STEPS: [string, (room: Awaited<ReturnType<typeof joinedRoom>>) => Promise<unknown>][] = [
  [
    'an edit',
    ({ receive }) => receive(anUpdate(aRow(1, { revision: 2, is_edited: true, msg_data: 'edited' }))),
  ],
  [
    'an edit that adds a link',
    ({ receive }) =>
      receive(
        anUpdate(
          aRow(1, { revision: 3, is_edited: true, msg_data: 'see https://a.example and https://b.example' }),
        ),
      ),
  ],
  [
    'an edit that takes a link away',
    ({ receive }) =>
      receive(
        anUpdate(
          aRow(1, {
            revision: 4,
            is_edited: true,
            msg_data: 'see https://b.example now',
            edited_at_timestamp: 9_000,
          }),
        ),
      ),
  ],
  [
    'a change by SQL',
    ({ receive }) => receive(anUpdate(aRow(2, { revision: 2, msg_data: 'by SQL', username: 'Bob' }))),
  ],
  ['a second person of the name', ({ receive }) => receive(anInsert(aRow(3, { client_id: 'ann too' })))],
  ['a new message', ({ receive }) => receive(anInsert(aRow(4, mine)))],
  ['a deletion begun', ({ item }) => named(item('message-4'), 'button', 'Delete message').trigger('click')],
  ['a deletion undone', ({ item }) => item('message-4').get('[data-undo]').trigger('click')],
  ['an edit begun', ({ item }) => named(item('message-4'), 'button', 'Edit message').trigger('click')],
  ['an edit cancelled', ({ item }) => named(item('message-4'), 'button', 'Cancel edit').trigger('click')],
  ['the time of the edit shown', ({ item }) => item('message-1').get('.button-inline').trigger('click')],
  ['a deletion', ({ receive }) => receive(aDelete(aRow(2)))],
  [
    'a rejected message',
    ({ api, store }) => {
      api.onPublish = () => Promise.reject(new Error('no reason'));
      return store.dispatch('sending/send', 'mine');
    },
  ],
  [
    'a rejected edit',
    ({ store }) => store.dispatch('sending/edit', { msgId: 'message-4', content: 'typed' }),
  ],
  [
    'the rejected edit discarded, so that the earlier text returns',
    ({ item }) => named(item('message-4'), 'button', 'Discard').trigger('click'),
  ],
  [
    'another day',
    async () => {
      vi.setSystemTime(new Date(2026, 11, 24, 12));
      await vi.advanceTimersByTimeAsync(30_000);
    },
  ],
];

/** Runs the steps, and returns what the list shows after each. */
async function run(isTranslated: boolean): Promise<[string, string][]> {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'], now: new Date(2026, 10, 21, 12) });
  const today = new Date(2026, 10, 21, 11).getTime();
  const room = await joinedRoom();
  await room.receive(anInsert(aRow(1, { created_at_timestamp: today })));
  await room.receive(anInsert(aRow(2)));
  const stop = isTranslated ? translatePage() : () => undefined;
  await flushPromises();
  const shown: [string, string][] = [];
  for (const [name, step] of STEPS) {
    await step(room);
    await flushPromises();
    shown.push([name, room.wrapper.get('[role=log]').element.textContent.replace(/\s+/g, ' ')]);
  }
  expect(room.wrapper.findAll('font').length > 0).toBe(isTranslated);
  stop();
  room.wrapper.unmount();
  return shown;
}

describe('A translated page', () => {
  afterEach(() => void vi.useRealTimers());

  test('shows the same after everything that can happen to a message', async () => {
    const plain = await run(false);
    expect(await run(true)).toEqual(plain);
  });
});
