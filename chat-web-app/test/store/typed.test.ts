import type { ChatRow, Session } from '@chat/contract';
import { expectTypeOf, test } from 'vitest';
import type { ChatStore } from '~/store';

/** Checked by `nuxt typecheck`; at run time there is nothing to execute. */
test('store types: derive from the modules, and reject wrong paths and payloads', () => {
  const check = (store: ChatStore) => [
    expectTypeOf(store.dispatch('session/start')).resolves.toEqualTypeOf<Session>(),
    expectTypeOf(store.dispatch('sending/send', 'hello')).resolves.toBeVoid(),
    expectTypeOf(store.getters['messages/rows']).toEqualTypeOf<readonly ChatRow[]>(),
    expectTypeOf(store.state.session.clientId).toEqualTypeOf<string | null>(),
    // @ts-expect-error -- no such module
    store.commit('elsewhere/changed'),
    // @ts-expect-error -- no such action
    store.dispatch('session/stop'),
    // @ts-expect-error -- a module without actions
    store.dispatch('connection/changed'),
    // @ts-expect-error -- the payload is text
    store.dispatch('sending/send', 1),
    // @ts-expect-error -- the payload is missing
    store.commit('drafts/composerTyped'),
    // @ts-expect-error -- no such getter
    store.getters['session/rows'],
  ];
  expectTypeOf(check).parameters.toEqualTypeOf<[ChatStore]>();
});
