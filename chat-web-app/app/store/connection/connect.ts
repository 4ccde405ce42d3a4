import type { Session } from '@chat/contract';
import type { RealtimeListener } from '../../api/realtime/types';
import type { ChatStore } from '../index';
import type { ChatApi } from '../modules';
import { createTokenSource } from '../session/token-source';
import { traceArrival } from '../trace/reactions';
import { retryUntilDone } from './retry';

/**
 * Starts a session, however long that takes, and opens the realtime client with it. Ends without one
 * when the person leaves or continues as another meanwhile: that connects on its own.
 */
export async function connect(store: ChatStore, api: ChatApi): Promise<void> {
  store.commit('connection/changed', { status: 'connecting' });
  const { owner } = store.state.session;
  const isLeft = () => store.state.session.owner !== owner;
  const session = await retryUntilDone(
    async () => (isLeft() ? undefined : await store.dispatch('session/start')),
    (error) => {
      if (!isLeft()) store.commit('connection/changed', { status: 'offline', reason: String(error) });
    },
  );
  if (!session || isLeft()) return;
  store.commit('connection/changed', { status: 'connecting' });
  await open(session, store, api);
}

/** The page itself could not start, for instance because the server has no chunk of that name. */
export function fail(store: ChatStore, error: unknown): void {
  store.commit('connection/changed', { status: 'failed', reason: String(error) });
}

function open(session: Session, store: ChatStore, api: ChatApi): Promise<void> {
  const requestToken = createTokenSource(session, store, (newSession) => {
    void open(newSession, store, api).catch((error: unknown) => fail(store, error));
  });
  const { clientId } = session.tokenRequest;
  return api.realtime.open({ clientId, config: session.config, requestToken }, createListener(store));
}

function createListener(store: ChatStore): RealtimeListener {
  return {
    onStatus: (status, reason) => store.commit('connection/changed', { status, reason }),
    onRowChange: (message) => {
      traceArrival(store, message);
      void store.dispatch('messages/receive', message.data);
    },
    onAttached: (attachment) => void store.dispatch('messages/attached', attachment),
    onPresenceChange: (change) => store.commit('presence/changed', change),
    onPresenceSnapshot: (members) => store.commit('presence/replaced', members),
    onOccupancy: (data) => store.commit('presence/counted', data),
  };
}
