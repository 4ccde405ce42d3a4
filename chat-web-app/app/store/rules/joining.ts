import type { ChatStore } from '../index';

/** ms. How long "back online" is said. */
const WELCOME = 4_000;

/** What several modules together make true: named *and* live, live *and* with something to send, row back *and* waited for. */
export function followModules(store: ChatStore): void {
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
  store.watch(
    (state) => state.connection.isBack,
    (isBack) => {
      if (isBack) setTimeout(() => store.commit('connection/welcomed'), WELCOME);
    },
  );
}
