import { describe, expect, test as base } from 'vitest';
import type { PresenceChange } from '~/api/realtime/types';
import { liveStore } from '../support/fake-api';

function present(
  clientId: string,
  connectionId: string,
  data: unknown = { name: clientId.toUpperCase() },
): PresenceChange {
  return { kind: 'present', clientId, connectionId, data };
}

function left(clientId: string, connectionId: string): PresenceChange {
  return { kind: 'left', clientId, connectionId, data: undefined };
}

const test = base.extend('chat', async () => {
  const { api, store } = await liveStore();
  return {
    api,
    store,
    change: (...changes: PresenceChange[]) => {
      for (const change of changes) store.commit('presence/changed', change);
    },
    people: () => store.getters['presence/people'],
    ids: () => store.getters['presence/people'].map((person) => person.clientId),
  };
});

describe('The presence set', () => {
  test('loses only the member who left', ({ chat: { change, ids } }) => {
    change(present('ann', '1'), present('bo', '2'), present('cy', '3'), left('bo', '2'));
    expect(ids()).toEqual(['ann', 'cy']);
  });

  test('has one entry for a person who enters again, also with a new connection', ({
    chat: { change, ids },
  }) => {
    change(present('ann', '1'), present('ann', '1'), present('ann', '2'));
    expect(ids()).toEqual(['ann']);
  });

  test('keeps a person while one of their connections is present', ({ chat: { change, ids } }) => {
    change(present('ann', '1'), present('ann', '2'), left('ann', '1'));
    expect(ids()).toEqual(['ann']);
  });

  test('distinguishes two people with the same name', ({ chat: { change, ids } }) => {
    change(present('a', '1', { name: 'Kim' }), present('b', '2', { name: 'Kim' }));
    expect(ids()).toEqual(['a', 'b']);
  });

  test('is repaired by the next complete list', ({ chat: { store, change, people } }) => {
    change(present('gone', '1'));
    store.commit('presence/replaced', [present('ann', '2')]);
    expect(people()).toEqual([{ clientId: 'ann', name: 'ANN', isTyping: false }]);
  });

  test.for([[null], ['Ann'], [{ name: 42 }], [{ name: ' ' }], [{ name: 'x'.repeat(41) }]])(
    'has a person without a name for the invalid data %j',
    ([data], { chat: { change, people } }) => {
      change(present('odd', '1', data));
      expect(people()).toEqual([{ clientId: 'odd', name: null, isTyping: false }]);
    },
  );

  test('has a person typing when one of their connections is, and only for the value true', ({
    chat: { change, people },
  }) => {
    change(
      present('ann', '1', { name: 'Ann', typing: true }),
      present('ann', '2', { name: 'Ann' }),
      present('bo', '3', { name: 'Bo', typing: 'yes' }),
    );
    expect(people().map(({ isTyping }) => isTyping)).toEqual([true, false]);
    change(left('ann', '1'));
    expect(people().map(({ isTyping }) => isTyping)).toEqual([false, false]);
  });

  test('announces typing only while live, and each change once', async ({ chat: { api, store } }) => {
    await store.dispatch('presence/type', true);
    await store.dispatch('presence/type', true);
    store.commit('connection/changed', { status: 'offline' });
    await store.dispatch('presence/type', false);
    expect(api.entered).toEqual([{ name: 'Me', typing: true }]);
  });
});
