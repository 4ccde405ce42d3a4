import type { ChatStore } from '../index';
import type { ChatApi } from '../modules';
import type { RowOrTombstone } from '../messages/merge';
import { comparePositions, endPosition } from '../messages/position';
import type { Position } from '../messages/position';
import { wait } from '../clock';

/** ms. A shorter absence gets a notice only when at least MANY changes were made in it. */
const LONG_ABSENCE = 10_000;
const MANY = 5;

/** ms. After a resumed connection, Ably's replayed messages arrive shortly after the attachment. */
const REPLAY_TIME = 1_500;

interface Absence {
  since: number;
  held: ReadonlyMap<string, RowOrTombstone>;
  newest: Position;
  /** The connection was lost; otherwise only the tab was hidden. */
  isOffline: boolean;
}

/**
 * Notices when the reader goes away and returns: the connection was lost, or the tab was hidden. Then
 * says what happened meanwhile.
 */
export function noticeAbsence(store: ChatStore, { clock }: Pick<ChatApi, 'clock'>): void {
  let absence: Absence | null = null;
  const isAway = () => document.visibilityState === 'hidden' || store.state.connection.status !== 'live';
  const rows = () => store.state.messages.timeline.rows;

  function leave(isOffline: boolean): void {
    if (store.state.messages.history !== 'loaded' && rows().length === 0) return;
    const held = absence?.held ?? new Map(store.state.messages.timeline.byId);
    const newest = absence?.newest ?? endPosition(rows());
    absence = {
      since: absence?.since ?? clock.now(),
      held,
      newest,
      isOffline: isOffline || absence?.isOffline === true,
    };
  }

  async function comeBack(): Promise<void> {
    await wait(clock, REPLAY_TIME);
    if (!absence) return;
    const { changesBetween } = await import('./changes');
    if (!absence || isAway() || store.state.messages.hasGap) return;
    const { since, held, newest, isOffline } = absence;
    absence = null;
    const { timeline } = store.state.messages;
    const { clientId } = store.state.session;
    const changes = changesBetween(held, timeline.byId, { newest, clientId });
    const isMore = timeline.start !== undefined && comparePositions(timeline.start, newest) > 0;
    const isLong = clock.now() - since >= LONG_ABSENCE || changes.length >= MANY;
    // A hidden tab has a divider above its new messages, which is enough for those.
    const deserves = isOffline ? changes.length > 0 : changes.some(({ kind }) => kind !== 'new');
    if (isLong && deserves) store.commit('away/returned', { changes, isMore });
  }

  function back(): void {
    comeBack().catch((error: unknown) => console.info('What happened meanwhile is not known.', error));
  }

  store.watch(
    ({ connection }) => connection.offlineSince,
    (since) => {
      if (since !== null) leave(true);
    },
    { flush: 'sync' },
  );
  // Once the gap of the absence is closed.
  store.subscribeAction({
    after({ type }) {
      if (type === 'messages/attached') back();
    },
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') return back();
    leave(false);
  });
}
