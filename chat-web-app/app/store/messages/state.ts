import type { RowChange } from '@chat/contract';
import { markRaw } from 'vue';
import { RequestFailed } from '../../api/request-json';
import type { Scope } from '../typed';
import { merge } from './merge';
import type { RowOrTombstone } from './merge';
import { positionOf } from './position';
import type { Position } from './position';
import { createTimeline } from './timeline';
import type { Timeline } from './timeline';

/** A message that the reader wants to see. */
export interface Target {
  msgId: string;
  /** `gone`: deleted, or it never existed; `tooFar`: older than what the list can reach. */
  status: 'searching' | 'found' | 'gone' | 'tooFar' | 'failed';
  /** The focus stays where it is, on the control that leads the reader. */
  keepsFocus: boolean;
}

export interface MessagesState {
  /** Outside Vue's reactivity, which would wrap every row: `version` announces its changes. */
  timeline: Timeline;
  /** Raised with each change of the displayed rows. */
  version: number;
  /** Raised with each newer row or tombstone, also of a message that is not displayed. */
  received: number;
  /** `forbidden`: the deployment does not let this person read. */
  history: 'idle' | 'loading' | 'loaded' | 'failed' | 'forbidden';
  /** When the displayed range was last known to be complete, ms since the epoch; 0 before that. */
  completeAt: number;
  /** Everything committed before this cursor of chat-changes was received; null: not known. */
  cursor: string | null;
  /** Changes were missed that no read has brought yet. */
  hasGap: boolean;
  /** Ids of rows that arrived on the channel since the cursor and that no read has returned. */
  arrived: Set<string>;
  /** The cursor of older messages, null when there are none. */
  older: string | null;
  /** Too much happened during an absence, so the range began anew and is shorter than before. */
  restarted: boolean;
  /** The list scrolls to it once it is found. */
  target: Target | null;
  /** Number of malformed row changes that were ignored. */
  malformed: number;
}

export interface Update {
  msgId: string;
  update: RowOrTombstone;
}

export interface RangeRead {
  /** The displayed range begins here now. */
  start: Position;
  older: string | null;
  /** Ids of the rows read. */
  found: ReadonlySet<string>;
  /** Held rows that the history no longer contains. */
  absent: readonly string[];
}

/** A row change as it arrives, before it is applied. */
export type Arrival = Pick<RowChange, 'type' | 'row'>;

export interface Judged {
  known: Iterable<string>;
  absent: readonly string[];
}

export type MessagesScope = Scope<MessagesState, typeof mutations>;

export const mutations = {
  apply(state: MessagesState, updates: readonly Update[]): void {
    const { timeline } = state;
    let isDisplayed = false;
    let isNew = false;
    for (const { msgId, update } of updates) {
      const before = timeline.byId.get(msgId);
      isDisplayed = timeline.apply(msgId, update) || isDisplayed;
      isNew ||= timeline.byId.get(msgId) !== before;
    }
    if (isDisplayed) state.version += 1;
    if (isNew) state.received += 1;
  },
  /** A row change has arrived on the incoming channel, and is to be applied. */
  arrived(state: MessagesState, { type, row }: Arrival): void {
    const { timeline, arrived } = state;
    const held = timeline.byId.get(row.msg_id);
    if (type !== 'DELETE' && merge(held, row) !== held) arrived.add(row.msg_id);
    // Without a history, the range begins with the first new message.
    if (timeline.start === undefined && type === 'INSERT') timeline.startAt(positionOf(row));
  },
  ignoredMalformed(state: MessagesState): void {
    state.malformed += 1;
  },
  historyRequested(state: MessagesState): void {
    state.history = 'loading';
  },
  rangeRead(state: MessagesState, { start, older, found, absent }: RangeRead): void {
    for (const id of [...found, ...absent]) state.arrived.delete(id);
    for (const id of absent) state.timeline.forget(id);
    state.timeline.startAt(start);
    state.older = older;
    state.version += 1;
  },
  gapOpened(state: MessagesState): void {
    state.hasGap = true;
  },
  /** Everything committed before the cursor was applied. */
  completed(state: MessagesState, { at, cursor }: { at: number; cursor: string | undefined }): void {
    state.completeAt = at;
    state.cursor = cursor ?? null;
    state.hasGap = false;
  },
  /** A read of changes knows of these rows; the absent ones are no longer in the database. */
  arrivalsJudged(state: MessagesState, { known, absent }: Judged): void {
    for (const id of known) state.arrived.delete(id);
    for (const id of absent) state.timeline.forget(id);
    if (absent.length > 0) state.version += 1;
  },
  /** More has happened since the cursor than an answer holds: the next absence costs a new start. */
  cursorOutdated(state: MessagesState): void {
    state.cursor = null;
  },
  restarted(state: MessagesState, isShorter: boolean): void {
    state.restarted = isShorter;
  },
  targeted(state: MessagesState, target: Target | null): void {
    state.target = target;
  },
  historyLoaded(state: MessagesState): void {
    state.history = 'loaded';
  },
  historyFailed(state: MessagesState, error: unknown): void {
    state.history = isForbidden(error) ? 'forbidden' : 'failed';
  },
};

/** The deployment does not let this person read. */
export function isForbidden(error: unknown): boolean {
  const status = error instanceof RequestFailed ? error.status : undefined;
  return status === 401 || status === 403;
}

export function emptyState(): MessagesState {
  return {
    timeline: markRaw(createTimeline()),
    version: 0,
    received: 0,
    history: 'idle',
    completeAt: 0,
    cursor: null,
    hasGap: false,
    arrived: markRaw(new Set()),
    older: null,
    restarted: false,
    target: null,
    malformed: 0,
  };
}
