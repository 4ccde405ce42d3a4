import type { ChatStore } from '../index';
import type { ChatApi } from '../modules';

/** ms over which the tabs of a crowd spread what they would all do at the same moment. */
const SPREAD = 20_000;
/** ms until a tab tries again to become a member; between this and twice as long. */
const ENTER_AGAIN = 30_000;

/**
 * Shows the true number of people from the channel's occupancy, which has no limit, and enters
 * presence later when it was full. Occupancy is not subscribed to before: each change of it counts as
 * a message to every tab.
 */
export function followCrowd(
  store: ChatStore,
  { realtime, clock }: Pick<ChatApi, 'realtime' | 'clock'>,
): void {
  let isWatched = false;
  clock.after(clock.random() * SPREAD, watchOccupancy);

  store.watch(
    ({ presence }) => presence.isFull,
    (isFull) => {
      if (!isFull) return;
      watchOccupancy(); // at once: whom the list leaves out, the number must not
      enterLater();
    },
    { immediate: true },
  );

  function watchOccupancy(): void {
    if (!isWatched) realtime.watchOccupancy();
    isWatched = true;
  }

  function enterLater(): void {
    clock.after(ENTER_AGAIN * (1 + clock.random()), () => void enterAgain());
  }
  async function enterAgain(): Promise<void> {
    if (store.state.connection.status === 'live') await store.dispatch('presence/enter');
    if (store.state.presence.isFull) enterLater();
  }
}
