import type { ChatStore } from '../index';

/** ms for which "Back online" is on screen. */
const BACK_ONLINE_TIME = 4_000;

export function endBackOnline(store: ChatStore): void {
  store.watch(
    (state) => state.connection.isBack,
    (isBack) => {
      if (isBack) setTimeout(() => store.commit('connection/backOnlineEnded'), BACK_ONLINE_TIME);
    },
  );
}
