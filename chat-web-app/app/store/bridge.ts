import type { Session, TokenRequest } from '@chat/contract';
import type { RealtimeListener } from '../api/realtime';
import { retryUntilDone } from '../utils/retry';
import type { ChatApi, ChatStore } from './index';

/**
 * Everything that crosses between modules, and between the store and the network: what is heard becomes mutations and
 * actions, and what several modules together make true (named *and* connected) becomes the deed that follows from it.
 * Resolves once the realtime client is on its way; from then on it looks after itself.
 */
export async function startChat(store: ChatStore, api: ChatApi): Promise<void> {
  await store.dispatch('session/restore');
  followUp(store);
  const history = store.dispatch('messages/catchUp');
  const session = await retryUntilDone(
    () => requestSession(store),
    (error) => store.commit('connection/changed', { status: 'offline', reason: String(error) }),
  );
  store.commit('connection/changed', { status: 'connecting' });
  await api.realtime.open(
    {
      clientId: session.tokenRequest.clientId,
      config: session.config,
      requestToken: tokenSource(store, session),
    },
    listenerOf(store),
  );
  await history;
}

async function requestSession(store: ChatStore): Promise<Session> {
  const answer: { session?: Session } = {};
  await store.dispatch('session/start', (session) => {
    answer.session = session;
  });
  if (!answer.session) throw new Error('The session was started without an answer.');
  return answer.session;
}

/** The first token request came with the session; each is good for one use, so later ones are asked for. */
function tokenSource(store: ChatStore, first: Session): () => Promise<TokenRequest> {
  let unused: TokenRequest | undefined = first.tokenRequest;
  return async () => {
    const request = unused ?? (await requestSession(store)).tokenRequest;
    unused = undefined;
    return request;
  };
}

function listenerOf(store: ChatStore): RealtimeListener {
  return {
    onStatus: (status, reason) => store.commit('connection/changed', { status, reason }),
    onRowChange: (data) => void store.dispatch('messages/receive', data),
    onAttached: (attachment) => void store.dispatch('messages/attached', attachment),
    onPresenceChange: (change) => store.commit('presence/changed', change),
    onPresenceSnapshot: (members) => store.commit('presence/replaced', members),
  };
}

function followUp(store: ChatStore): void {
  const isLive = () => store.state.connection.status === 'live';
  store.watch(
    () => isLive() && store.state.session.nickname !== null,
    (joined) => {
      if (joined) void store.dispatch('presence/enter');
    },
    { flush: 'sync' },
  );
  store.watch(
    isLive,
    (live) => {
      if (live) void store.dispatch('outbox/flush');
    },
    { flush: 'sync' },
  );
  store.watch(
    (state) => state.messages.version,
    () => store.commit('outbox/settled', store.state.messages.timeline),
    { flush: 'sync' },
  );
}
