import type { Session, TokenRequest } from '@chat/contract';
import type { RealtimeListener } from '../api/realtime';
import { retryUntilDone } from '../utils/retry';
import type { ChatApi, ChatStore } from './index';
import { followModules } from './rules/joining';
import { keepOverReload } from './rules/keep';
import { followReading, sumUpAbsence } from './rules/reading';
import { followNewestMessage, traceArrival } from './rules/tracing';

/**
 * Everything that crosses between the store and the network, and (in `rules/`) between modules: what is heard becomes
 * mutations and actions. Resolves once the realtime client is on its way; from then on it looks after itself.
 */
export async function startChat(store: ChatStore, api: ChatApi): Promise<void> {
  for (const name of ['session/restore', 'outbox/restore', 'drafts/restore'] as const)
    await store.dispatch(name);
  for (const follow of [followModules, keepOverReload, followReading, followNewestMessage]) follow(store);
  const history = store.dispatch('messages/catchUp');
  await connect(store, api);
  await history;
}

/** Gets a session and opens the realtime client with it, however long that takes. Also the way back from a failure. */
export async function connect(store: ChatStore, api: ChatApi): Promise<void> {
  store.commit('connection/changed', { status: 'connecting' });
  const session = await retryUntilDone(
    () => requestSession(store),
    (error) => store.commit('connection/changed', { status: 'offline', reason: String(error) }),
  );
  store.commit('connection/changed', { status: 'connecting' });
  await openAs(session, store, api);
}

function openAs(session: Session, store: ChatStore, api: ChatApi): Promise<void> {
  const requestToken = tokenSource(session, store, (another) => {
    void openAs(another, store, api).catch((error: unknown) => fail(store, error));
  });
  const { clientId } = session.tokenRequest;
  return api.realtime.open({ clientId, config: session.config, requestToken }, listenerOf(store));
}

/** Not the network, which is waited for: the page itself could not be brought up, such as a chunk that is gone. */
export function fail(store: ChatStore, error: unknown): void {
  store.commit('connection/changed', { status: 'failed', reason: String(error) });
}

async function requestSession(store: ChatStore): Promise<Session> {
  const answer: { session?: Session } = {};
  await store.dispatch('session/start', (session) => {
    answer.session = session;
  });
  if (!answer.session) throw new Error('The session was started without an answer.');
  return answer.session;
}

/**
 * The first token request came with the session; each is good for one use, so later ones are asked for.
 * @param onAnotherPerson the tab's credential has run out meanwhile (it slept for a month, or the secret was changed) and
 *   the answer is for a new person, whose token the open connection may not use: it must be opened anew
 */
function tokenSource(
  first: Session,
  store: ChatStore,
  onAnotherPerson: (session: Session) => void,
): () => Promise<TokenRequest> {
  let unused: TokenRequest | undefined = first.tokenRequest;
  return async () => {
    if (unused) {
      const request = unused;
      unused = undefined;
      return request;
    }
    const session = await requestSession(store);
    if (session.tokenRequest.clientId !== first.tokenRequest.clientId) {
      store.commit('outbox/orphaned');
      onAnotherPerson(session);
      throw new Error('The credential of this tab has run out; it goes on as a new person.');
    }
    return session.tokenRequest;
  };
}

function listenerOf(store: ChatStore): RealtimeListener {
  return {
    onStatus: (status, reason) => store.commit('connection/changed', { status, reason }),
    onRowChange: (message) => {
      traceArrival(store, message);
      void store.dispatch('messages/receive', message.data);
    },
    onAttached: (attachment) =>
      void store.dispatch('messages/attached', attachment).then(() => sumUpAbsence(store)),
    onPresenceChange: (change) => store.commit('presence/changed', change),
    onPresenceSnapshot: (members) => store.commit('presence/replaced', members),
  };
}
