import { describe, expect, test } from 'vitest';
import type { PresenceChange } from '~/api/realtime';
import { liveStore } from '../support/fake-api';

function here(
  clientId: string,
  connectionId: string,
  data: unknown = { name: clientId.toUpperCase() },
): PresenceChange {
  return { kind: 'present', clientId, connectionId, data };
}

function left(clientId: string, connectionId: string): PresenceChange {
  return { kind: 'left', clientId, connectionId, data: undefined };
}

async function whoIsHere(changes: PresenceChange[]) {
  const { store } = await liveStore();
  for (const change of changes) store.commit('presence/changed', change);
  return store.getters['presence/people'].map((person) => person.clientId);
}

describe('Presence', () => {
  test('takes out the one who left and nobody else', async () => {
    expect(await whoIsHere([here('ann', '1'), here('bo', '2'), here('cy', '3'), left('bo', '2')])).toEqual([
      'ann',
      'cy',
    ]);
  });

  test('counts a person once who enters again, also under a new connection', async () => {
    expect(await whoIsHere([here('ann', '1'), here('ann', '1'), here('ann', '2')])).toEqual(['ann']);
  });

  test('keeps a person whose other connection is still there', async () => {
    expect(await whoIsHere([here('ann', '1'), here('ann', '2'), left('ann', '1')])).toEqual(['ann']);
  });

  test('tells two people of the same name apart', async () => {
    expect(await whoIsHere([here('a', '1', { name: 'Kim' }), here('b', '2', { name: 'Kim' })])).toEqual([
      'a',
      'b',
    ]);
  });

  test('puts right with the next complete list what it missed', async () => {
    const { store } = await liveStore();
    store.commit('presence/changed', here('gone', '1'));
    store.commit('presence/replaced', [here('ann', '2')]);
    expect(store.getters['presence/people']).toEqual([{ clientId: 'ann', name: 'ANN', isTyping: false }]);
  });

  test.each([[null], ['Ann'], [{ name: 42 }], [{ name: ' ' }], [{ name: 'x'.repeat(41) }]])(
    'shows a person without a name who says %j about themselves',
    async (data) => {
      const { store } = await liveStore();
      store.commit('presence/changed', here('odd', '1', data));
      expect(store.getters['presence/people']).toEqual([{ clientId: 'odd', name: null, isTyping: false }]);
    },
  );

  test('knows that a person is typing when any of their connections says so, and only true is true', async () => {
    const { store } = await liveStore();
    store.commit('presence/changed', here('ann', '1', { name: 'Ann', typing: true }));
    store.commit('presence/changed', here('ann', '2', { name: 'Ann' }));
    store.commit('presence/changed', here('bo', '3', { name: 'Bo', typing: 'yes' }));
    expect(store.getters['presence/people'].map(({ isTyping }) => isTyping)).toEqual([true, false]);
    store.commit('presence/changed', left('ann', '1'));
    expect(store.getters['presence/people'].map(({ isTyping }) => isTyping)).toEqual([false, false]);
  });

  test('tells of typing only while live, and never says the same twice', async () => {
    const { api, store } = await liveStore();
    await store.dispatch('presence/type', true);
    await store.dispatch('presence/type', true);
    store.commit('connection/changed', { status: 'offline' });
    await store.dispatch('presence/type', false);
    expect(api.entered).toEqual([{ name: 'Me', typing: true }]);
  });
});
