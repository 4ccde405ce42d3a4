import type { PastPage, PastRow } from '@chat/contract';
import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PastRequest } from '~/api/archive';
import ChatRoom from '~/components/message/ChatRoom.vue';
import { pastStrings } from '~/strings-of-past';
import { aDelete, anInsert, aRow } from '../support/a-row';
import { fakeApi, historyOf, incoming } from '../support/fake-api';
import { loaded, named, showStarted } from '../support/page';
import { startedStore } from '../support/started-store';

beforeEach(() => {
  window.history.replaceState(null, '', '/?room=x');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
  window.history.replaceState(null, '', '/');
});

const settle = async () => {
  await flushPromises();
  await loaded();
  await flushPromises();
};
const pastRow = (id: number, changed: Partial<PastRow> = {}): PastRow => ({
  ...aRow(id),
  is_deleted: false,
  ...changed,
});

/** A chat of ten messages whose first ones said something else at first. */
function aChat(history: (request: PastRequest) => Promise<PastPage> = tenMessages) {
  const api = fakeApi();
  const requests: PastRequest[] = [];
  api.stored.set('nickname', 'Me');
  api.archive.readPast = (request) => {
    requests.push(request);
    return history(request);
  };
  api.archive.readTimeline = () => Promise.resolve({ from: 1_000, to: 201_000, edits: [50_500] });
  return { api, requests };
}

function tenMessages({ at, before }: PastRequest): Promise<PastPage> {
  const all = Array.from({ length: 10 }, (_, index) => pastRow(index + 1, { msg_data: `at ${at}` }));
  const shown = all.filter(({ created_at_timestamp: time }) => Number(time) <= at).reverse();
  const half = shown.slice(0, 5);
  if (before !== undefined) return Promise.resolve({ rows: shown.slice(5), next: null });
  return Promise.resolve({ rows: half, next: shown.length > 5 ? '6,6' : null });
}

/** Opens the page at an address. */
async function openedAt(search: string, { api, requests } = aChat()) {
  window.history.replaceState(null, '', `/${search}`);
  const room = await showStarted(ChatRoom, api);
  await settle();
  const past = () => room.wrapper.find('section');
  const slider = () => room.wrapper.get('input[type=range]');
  const ids = () =>
    past()
      .findAll('li')
      .map((item) => item.attributes('data-message-id'));
  const press = async (key: string) => {
    await slider().trigger('keydown', { key });
    vi.advanceTimersByTime(400);
    await settle();
  };
  return { ...room, api, requests, past, slider, ids, press };
}

describe('The address of a time', () => {
  test('shows the chat as it was, without what was written later, above the hidden present', async () => {
    const { past, ids, wrapper, requests } = await openedAt('?room=x&at=3500');
    expect(requests).toEqual([{ at: 3_500, limit: 50, before: undefined }]);
    expect(past().get('h2').text()).toMatch(/^The chat on .*1970/);
    expect(ids()).toEqual(['message-1', 'message-2', 'message-3']);
    expect(past().text()).toContain('at 3500');
    expect(past().find('textarea, [data-edit]').exists()).toBe(false);
    const present = wrapper.get('[role=log]').element.closest('[inert]');
    expect(present?.classList.contains('invisible')).toBe(true);
    expect(present?.contains(wrapper.get('textarea').element)).toBe(true);
  });

  test('is left by "Back to now", and Back leads to it again', async () => {
    const { past, wrapper, store } = await openedAt('?room=x&at=3500');
    await named(wrapper, 'button', 'Back to now').trigger('click');
    expect(past().exists()).toBe(false);
    expect(wrapper.find('[inert]').exists()).toBe(false);
    expect(window.location.search).toBe('?room=x');
    window.history.replaceState(null, '', '/?at=2500');
    window.dispatchEvent(new PopStateEvent('popstate'));
    expect(store.state.past.at).toBe(2_500);
  });

  test('does not count messages as read that arrive meanwhile', async () => {
    const { api, store, wrapper } = await openedAt('?at=3500');
    const insert = (id: number) => api.listener?.onRowChange(incoming(anInsert(aRow(id))));
    insert(20);
    await settle();
    expect(store.getters['reading/unread']).toHaveLength(1);
    await named(wrapper, 'button', 'Back to now').trigger('click');
    await settle();
    expect(store.getters['reading/unread']).toHaveLength(0);
    expect(wrapper.get('[role=log]').text()).toContain('text 20');
  });
});

describe('The messages of an earlier time', () => {
  test('say that they were deleted later, and nothing else', async () => {
    const deleted = pastRow(1, { is_deleted: true, msg_data: 'secret', username: 'Eve' });
    const chat = aChat(() => Promise.resolve({ rows: [pastRow(2), deleted], next: null }));
    const { past, api } = await openedAt('?at=3500', chat);
    expect(past().findAll('article')[0]?.text()).toContain(pastStrings.deleted);
    expect(past().text()).not.toContain('secret');
    expect(past().text()).not.toContain('Eve');
    // Deleted while it is shown.
    api.listener?.onRowChange(incoming(aDelete(aRow(2))));
    await settle();
    expect(past().text()).not.toContain('text 2');
  });

  test('load older ones on demand, of the same time', async () => {
    const { ids, wrapper, requests } = await openedAt('?at=10000');
    await settle();
    expect(ids()).toHaveLength(10);
    expect(requests).toEqual([
      { at: 10_000, limit: 50, before: undefined },
      { at: 10_000, limit: 50, before: '6,6' },
    ]);
    expect(wrapper.text()).toContain('This is the beginning of the chat.');
  });

  test('can be read again after a failure', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    let fails = true;
    const chat = aChat((request) => (fails ? Promise.reject(new Error('no answer')) : tenMessages(request)));
    const { past, ids } = await openedAt('?at=3500', chat);
    expect(past().get('[role=alert]').text()).toContain(pastStrings.unreadable);
    fails = false;
    await named(past(), 'button', 'Try again').trigger('click');
    await settle();
    expect(ids()).toHaveLength(3);
  });

  test('contain the message of the address, which is read down to and marked', async () => {
    const chat = aChat(({ before, limit }) => {
      const newest = before === undefined ? 300 : Number(before.split(',')[1]) - 1;
      const rows = Array.from({ length: limit }, (_, index) => pastRow(newest - index));
      const oldest = newest - limit + 1;
      return Promise.resolve({ rows, next: oldest > 1 ? `${oldest},${oldest}` : null });
    });
    const { past, api } = await openedAt('?at=500000&message=message-120', chat);
    const target = past().get('.bubble-target');
    expect(target.text()).toContain('text 120');
    expect(document.activeElement).toBe(target.element);
    // The list of the present does not look for it.
    expect(api.versionsRequests).toEqual([]);
  });
});

describe('The slider', () => {
  test('moves by the keyboard to edits, says the time, and the address and the messages follow', async () => {
    const { slider, press, requests, ids } = await openedAt('?room=x&at=50000&message=message-1');
    expect(document.activeElement?.closest('section, input')).not.toBeNull();
    await press('ArrowRight');
    expect(slider().element).toHaveProperty('value', '50499');
    await press('ArrowRight');
    expect(slider().attributes('aria-valuetext')).toMatch(/1970/);
    expect(window.location.search).toBe('?room=x&at=50500');
    expect(requests.at(-2)).toEqual({ at: 50_500, limit: 50, before: undefined });
    await press('PageDown');
    expect(slider().element).toHaveProperty('value', '41499');
    await slider().setValue('2000');
    vi.advanceTimersByTime(400);
    await settle();
    expect(ids()).toEqual(['message-1', 'message-2']);
  });

  test('reads once it rests', async () => {
    const { slider, requests } = await openedAt('?at=3500');
    const before = requests.length;
    for (const value of ['2000', '3000', '4000']) await slider().setValue(value);
    vi.advanceTimersByTime(400);
    await settle();
    expect(requests.slice(before).map(({ at }) => at)).toEqual([4_000]);
  });

  test('says that an empty chat has no past', async () => {
    const chat = aChat(() => Promise.resolve({ rows: [], next: null }));
    chat.api.archive.readTimeline = () => Promise.resolve({ from: null, to: 5_000, edits: [] });
    const { past } = await openedAt('?at=3500', chat);
    expect(past().text()).toContain(pastStrings.none);
    expect(past().text()).toContain(pastStrings.empty);
  });
});

describe('A message too far back for the list', () => {
  async function led(open?: { msgId: string; revision: number }, keepsFocus = false) {
    const { api } = aChat();
    const rows = Array.from({ length: 2_200 }, (_, index) => aRow(index + 1));
    api.history = historyOf(() => rows);
    api.versions = () =>
      Promise.resolve({
        versions: [
          { revision: 1, content: 'first', at: 1_000, source: 'chat' as const },
          { revision: 2, content: 'second', at: 4_000, source: 'chat' as const },
        ],
        complete: true,
      });
    // Without the page, whose rendering of all these messages would take seconds.
    const room = await startedStore(api);
    if (open) room.store.commit('versions/opened', open);
    await room.store.dispatch('messages/show', { msgId: 'message-1', keepsFocus });
    await settle();
    return room;
  }

  test('is shown in the chat of its time', async () => {
    const { store } = await led();
    expect(store.state.past.at).toBe(1_000);
    expect(window.location.search).toBe('?room=x&message=message-1&at=1000');
  });

  test('is shown when it had the version that is open', async () => {
    const { store } = await led({ msgId: 'message-1', revision: 2 });
    expect(store.state.past.at).toBe(4_000);
  });

  test('stays where it is for a reader who walks from change to change', async () => {
    const { store } = await led(undefined, true);
    expect(store.state.messages.target?.status).toBe('tooFar');
    expect(store.state.past.at).toBeNull();
  });
});
