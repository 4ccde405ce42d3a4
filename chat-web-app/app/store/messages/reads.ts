import { MAX_HISTORY_LIMIT } from '@chat/contract';
import type { ChatChange, ChatChanges, ChatRow } from '@chat/contract';
import type { ReadVersions } from '../versions/module';
import { boundRow } from './bound-row';
import type { RowOrTombstone } from './merge';
import type { MessagesScope, RangeRead, Update } from './state';
import { comparePositions, positionOf, START } from './position';
import type { Position } from './position';
import { readNewest } from './read-newest';
import type { ReadHistory } from './read-newest';
import { isRow } from './timeline';
import type { Timeline } from './timeline';

export interface MessagesApi {
  readHistory: ReadHistory;
  readChanges: (since: string) => Promise<ChatChanges>;
  readVersions: ReadVersions;
}

/**
 * What the page reads from the database, and what it makes of the answers. One read at a time.
 * @param now ms since the epoch
 */
export function createReads(
  { readHistory, readChanges }: Omit<MessagesApi, 'readVersions'>,
  now: () => number,
) {
  /**
   * Applies what was committed since the cursor, in one request. Returns false when that is not
   * known: there is no cursor, or more has happened than an answer holds.
   */
  async function missed({ state, commit }: MessagesScope): Promise<boolean> {
    if (state.cursor === null || state.timeline.start === undefined) return false;
    const at = now();
    const { timeline } = state;
    const arrived = new Map([...state.arrived].map((id) => [id, timeline.byId.get(id)]));
    const { changes, cursor, complete } = await readChanges(state.cursor);
    if (!complete) {
      commit('cursorOutdated');
      return false;
    }
    // A row that arrived since the cursor, and of which no change since then is known, is a repeat
    // from before it: the message was deleted, and the deletion may have been missed.
    const changed = new Set(changes.map(({ msg_id }) => msg_id));
    const absent = [...arrived].flatMap(([id, row]) =>
      isRow(row) && timeline.byId.get(id) === row && !changed.has(id) ? [id] : [],
    );
    commit('arrivalsJudged', { known: [...arrived.keys(), ...changed], absent });
    commit('apply', changes.map(fromChange));
    commit('completed', { at, cursor });
    return true;
  }

  /**
   * Applies what was committed since an earlier cursor. Returns false when more has happened than an
   * answer holds.
   */
  async function since({ commit }: MessagesScope, cursor: string): Promise<boolean> {
    const { changes, complete } = await readChanges(cursor);
    commit('apply', changes.map(fromChange));
    return complete;
  }

  /** Reads the newest messages, with which the range begins anew. */
  async function restart({ state, commit }: MessagesScope): Promise<void> {
    const at = now();
    const { timeline } = state;
    // Copied: a row that arrives during the request must not count as absent.
    const known = new Map(timeline.byId);
    const before = timeline.start;
    const { rows, next, cursor } = await readNewest(before, readHistory);
    commit('apply', rows.map(toUpdate));
    const start = startOf(rows, next);
    commit('rangeRead', { start, older: next, ...compare(rows, known, timeline) });
    commit('completed', { at, cursor });
    commit('restarted', before !== undefined && comparePositions(start, before) > 0);
  }

  async function catchUp(scope: MessagesScope): Promise<void> {
    if (!(await missed(scope))) await restart(scope);
  }

  /** Extends the range by one page, after closing a gap that an earlier read could not close. */
  async function older(scope: MessagesScope): Promise<void> {
    const { state, commit } = scope;
    if (state.hasGap) await catchUp(scope);
    const { timeline } = state;
    const end = timeline.start;
    if (state.older === null || end === undefined) return;
    const known = new Map(timeline.byId);
    const { rows, next } = await readHistory({ limit: MAX_HISTORY_LIMIT, before: state.older });
    commit('apply', rows.map(toUpdate));
    const start = startOf(rows, next);
    const isCovered = (row: ChatRow) => comparePositions(row, start) >= 0 && comparePositions(row, end) < 0;
    commit('rangeRead', { start, older: next, ...compare(rows, known, timeline, isCovered) });
  }

  return { missed, since, catchUp, older };
}

/** Where a range begins whose rows, newest first, were read down to the cursor `next`. */
function startOf(rows: readonly ChatRow[], next: string | null): Position {
  const last = rows.at(-1);
  return next === null || last === undefined ? START : positionOf(last);
}

/**
 * Returns the ids of the rows read, and of the absent ones: rows that were known before the read,
 * have not changed since, and that it should have returned. They are forgotten and not marked as
 * deleted: a program may have moved one.
 */
function compare(
  rows: readonly ChatRow[],
  known: ReadonlyMap<string, RowOrTombstone>,
  { byId }: Timeline,
  isCovered: (row: ChatRow) => boolean = () => true,
): Pick<RangeRead, 'found' | 'absent'> {
  const found = new Set(rows.map((row) => row.msg_id));
  const absent = [...known].flatMap(([id, row]) =>
    isRow(row) && byId.get(id) === row && !found.has(id) && isCovered(row) ? [id] : [],
  );
  return { found, absent };
}

function toUpdate(row: ChatRow): Update {
  return { msgId: row.msg_id, update: boundRow(row) };
}

function fromChange(change: ChatChange): Update {
  return { msgId: change.msg_id, update: change.kind === 'delete' ? 'deleted' : boundRow(change.row) };
}
