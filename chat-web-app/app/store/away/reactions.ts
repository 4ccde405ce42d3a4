import type { LastVisit } from '../../api/last-visit';
import type { ChatStore } from '../index';
import type { ChatApi } from '../modules';
import type { RowOrTombstone } from '../messages/merge';
import { comparePositions, endPosition } from '../messages/position';
import type { Position } from '../messages/position';
import { wait } from '../clock';
import { changesBetween, unseenOf } from './changes';

/** ms. A shorter absence gets a notice only when at least MANY changes were made in it. */
const LONG_ABSENCE = 10_000;
const MANY = 5;

/** ms. After a resumed connection, Ably's replayed messages arrive shortly after the attachment. */
const REPLAY_TIME = 1_500;

/** Tombstones that are remembered for the next visit; more than an absence of 200 changes has. */
const MOST_DELETED = 200;

interface Absence {
  since: number;
  held: ReadonlyMap<string, RowOrTombstone>;
  newest: Position;
  /** The connection was lost; otherwise only the tab was hidden. */
  isOffline: boolean;
}

/**
 * Notices when the reader goes away and returns: the connection was lost, the tab was hidden, or the
 * page was closed. Then says what happened meanwhile.
 */
export function noticeAbsence(
  store: ChatStore,
  { clock, lastVisit }: Pick<ChatApi, 'clock' | 'lastVisit'>,
): void {
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
      if (type === 'messages/attached') void comeBack();
    },
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') return void comeBack();
    leave(false);
    remember();
  });
  window.addEventListener('pagehide', remember);

  function remember(): void {
    const { cursor, timeline } = store.state.messages;
    if (cursor === null) return;
    const gone = [...timeline.byId].flatMap(([id, held]) => (held === 'deleted' ? [id] : []));
    lastVisit.write({
      cursor,
      newest: endPosition(rows()),
      at: clock.now(),
      deleted: gone.slice(-MOST_DELETED),
    });
  }
}

/** Says what changed since this browser last displayed the chat, once this tab is live. */
export function noticeReturn(
  store: ChatStore,
  { clock, lastVisit, readChanges }: Pick<ChatApi, 'clock' | 'lastVisit' | 'readChanges'>,
): void {
  const last = lastVisit.read();
  if (!last || clock.now() - last.at < LONG_ABSENCE) return;
  const stop = store.watch(
    ({ connection, messages }) => connection.status === 'live' && messages.history === 'loaded',
    (isReady) => {
      if (!isReady) return;
      stop();
      void sayWhatChanged(store, last, readChanges);
    },
  );
}

async function sayWhatChanged(
  store: ChatStore,
  last: LastVisit,
  readChanges: ChatApi['readChanges'],
): Promise<void> {
  try {
    const { changes } = await readChanges(last.cursor); // none when there were too many
    const deleted = new Set(last.deleted);
    const unseen = unseenOf(changes, { ...last, deleted, clientId: store.state.session.clientId });
    // New messages alone are no surprise to a reader who opens a chat.
    if (unseen.some(({ kind }) => kind !== 'new'))
      store.commit('away/returned', { changes: unseen, isMore: false });
  } catch (error) {
    console.info('Reading what changed since the last visit failed.', error);
  }
}
