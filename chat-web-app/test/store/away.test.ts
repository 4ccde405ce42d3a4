import type { ChatRow } from '@chat/contract';
import { afterEach, beforeEach, describe, expect, test as base, vi } from 'vitest';
import type { LastVisit } from '~/api/last-visit';
import { aDelete, anUpdate, aRow } from '../support/a-row';
import { fakeApi, historyOf } from '../support/fake-api';
import { startedStore } from '../support/started-store';

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const REATTACHED = { resumed: false, truncated: false };

/** What loads on demand is there. */
async function loaded(): Promise<void> {
  await vi.dynamicImportSettled();
  await vi.advanceTimersByTimeAsync(1);
}

/** A live chat whose history has the rows 1 to 5. */
async function liveChat(api = fakeApi()) {
  const rows: ChatRow[] = [1, 2, 3, 4, 5].map((id) => aRow(id));
  const chat = await startedStore(Object.assign(api, { history: historyOf(() => rows) }));
  chat.api.listener?.onAttached(REATTACHED);
  await vi.advanceTimersByTimeAsync(2_000);
  await loaded();
  const edit = (id: number, more: Partial<ChatRow> = {}) =>
    (rows[id - 1] = aRow(id, { revision: 2, msg_data: 'edited', ...more }));
  return {
    ...chat,
    rows,
    edit,
    /** `deleted message-3`, in order; null without a notice. */
    notice: () => chat.store.state.away.changes?.map(({ kind, msgId }) => `${kind} ${msgId}`) ?? null,
    async absence(duration: number, meanwhile: () => void) {
      chat.api.listener?.onStatus('offline');
      meanwhile();
      await vi.advanceTimersByTimeAsync(duration);
      chat.api.listener?.onStatus('live');
      chat.api.listener?.onAttached(REATTACHED);
      await vi.advanceTimersByTimeAsync(2_000);
      await loaded();
    },
    async hide(duration: number, meanwhile: () => void) {
      const visibility = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
      document.dispatchEvent(new Event('visibilitychange'));
      meanwhile();
      await vi.advanceTimersByTimeAsync(duration);
      visibility.mockReturnValue('visible');
      document.dispatchEvent(new Event('visibilitychange'));
      await vi.advanceTimersByTimeAsync(2_000);
      await loaded();
    },
  };
}

const test = base.extend('chat', () => liveChat());

describe('After a lost connection, the notice', () => {
  test('lists new and edited messages of others, in display order', async ({ chat }) => {
    await chat.absence(60_000, () => {
      chat.edit(4);
      chat.edit(2);
      chat.rows.push(aRow(6), aRow(7, { client_id: 'me' }));
    });
    expect(chat.notice()).toEqual(['edited message-2', 'edited message-4', 'new message-6']);
  });

  test('lists deleted messages', async ({ chat }) => {
    chat.api.changes = (since) =>
      Promise.resolve({ changes: [{ kind: 'delete', msg_id: 'message-3' }], cursor: since, complete: true });
    chat.store.commit('messages/completed', { at: Date.now(), cursor: 'cursor' });
    await chat.absence(60_000, () => undefined);
    expect(chat.notice()).toEqual(['deleted message-3']);
    expect(chat.store.state.away.changes).toMatchObject([{ author: 'Ann' }]);
  });

  test.for([
    ['of 2 s, not of two messages', 2, 2_000, null],
    ['of 2 s, of seven messages', 7, 2_000, 7],
    ['of 60 s, of one message', 1, 60_000, 1],
  ] as const)('appears after an absence %s', async ([, count, duration, expected], { chat }) => {
    await chat.absence(duration, () =>
      chat.rows.push(...Array.from({ length: count }, (_, index) => aRow(6 + index))),
    );
    expect(chat.notice()?.length ?? null).toBe(expected);
  });

  test('omits the reader’s own changes, but not what SQL did to their messages', async ({ chat }) => {
    await chat.absence(60_000, () => {
      chat.rows.push(aRow(6, { client_id: 'me' }));
      chat.edit(2, { client_id: 'me' });
    });
    expect(chat.notice()).toBeNull();
    await chat.absence(60_000, () => chat.edit(6, { client_id: 'me', source: 'database' }));
    expect(chat.notice()).toEqual(['edited message-6']);
  });
});

describe('After a while in another tab, the notice', () => {
  test('lists edits and deletions that this tab received', async ({ chat }) => {
    await chat.hide(60_000, () => {
      chat.receive(anUpdate(aRow(2, { revision: 2 })));
      chat.receive(aDelete(aRow(3)));
      chat.insert(aRow(6));
    });
    expect(chat.notice()).toEqual(['edited message-2', 'deleted message-3', 'new message-6']);
  });

  test('does not appear for new messages alone, which have a divider', async ({ chat }) => {
    await chat.hide(60_000, () => chat.insert(aRow(6)));
    expect(chat.notice()).toBeNull();
  });
});

describe('On a return to the chat, the notice', () => {
  const visit: LastVisit = {
    cursor: 'then',
    newest: { created_at_timestamp: 4_000, incremental_record_id: 4, msg_id: 'message-4' },
    at: 900_000,
    deleted: ['known'],
  };
  async function returned(last: LastVisit, rows: readonly ChatRow[], deleted: readonly string[] = []) {
    const api = fakeApi();
    api.visit = last;
    api.changes = (since) =>
      Promise.resolve({
        changes: [
          ...deleted.map((msg_id) => ({ kind: 'delete' as const, msg_id })),
          ...rows.map((row) => ({ kind: 'edit' as const, msg_id: row.msg_id, row })),
        ],
        cursor: since,
        complete: true,
      });
    return liveChat(api);
  }

  test('lists what changed since this browser displayed it, in any tab', async () => {
    const rows = [
      aRow(5),
      aRow(2, { revision: 3, changed_at_timestamp: 950_000 }),
      aRow(3, { revision: 2, changed_at_timestamp: 890_000 }), // seen: its cursor is older
    ];
    const chat = await returned(visit, rows, ['known', 'gone']);
    expect(chat.api.changesRequests).toEqual(['then']);
    expect(chat.notice()).toEqual(['deleted gone', 'edited message-2', 'new message-5']);
  });

  test('does not appear for new messages alone, nor after a moment', async () => {
    expect((await returned(visit, [aRow(5)])).notice()).toBeNull();
    const edited = aRow(2, { revision: 3, changed_at_timestamp: 999_000 });
    const chat = await returned({ ...visit, at: 995_000 }, [edited]);
    expect(chat.api.changesRequests).toEqual([]);
    expect(chat.notice()).toBeNull();
  });

  test('starts from what was displayed when the page was hidden or left', async ({ chat }) => {
    chat.store.commit('messages/completed', { at: Date.now(), cursor: 'now' });
    chat.receive(aDelete(aRow(5)));
    window.dispatchEvent(new Event('pagehide'));
    expect(chat.api.visit).toEqual({
      cursor: 'now',
      newest: { created_at_timestamp: 4_000, incremental_record_id: 4, msg_id: 'message-4' },
      at: Date.now(),
      deleted: ['message-5'],
    });
    await chat.store.dispatch('session/forget', 'Ada');
    expect(chat.api.visit).toBeUndefined();
    // A person who left is a visitor, and leaves nothing in the browser.
    await chat.store.dispatch('session/leave');
    window.dispatchEvent(new Event('pagehide'));
    expect(chat.api.visit).toBeUndefined();
  });
});
