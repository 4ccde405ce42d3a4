import type { OutgoingName } from '@chat/contract';
import type { RowArrival } from './arrival';

/**
 * What this tab measured of one of its messages. All times are of the page's clock: ms since the
 * page was opened (`performance.now`). They are never subtracted from a time of another clock.
 */
export interface Trace {
  /** The id of the entry of the send queue. */
  id: string;
  name: OutgoingName;
  /** The id of the message that it creates or changes. */
  target: string;
  /** null for a deletion. */
  content: string | null;
  publishedAt: number;
  acknowledgedAt?: number;
  /** When the page learned that the database has the change: from its row change, or from history. */
  arrivedAt?: number;
  shownAt?: number;
  /** The row change; missing when the page learned it from history. */
  arrival?: RowArrival;
  /** Why no row will come back: Ably rejected it, or it was discarded or superseded. */
  ended?: 'rejected' | 'superseded';
}

export interface TraceState {
  /** The newest message of this tab. */
  current: Trace | null;
}

const mutations = {
  published(state: TraceState, trace: Trace): void {
    state.current = trace;
  },
  acknowledged(state: TraceState, { id, at }: { id: string; at: number }): void {
    if (state.current?.id === id) state.current.acknowledgedAt ??= at;
  },
  arrived(state: TraceState, { id, at, arrival }: { id: string; at: number; arrival?: RowArrival }): void {
    const trace = state.current;
    if (trace?.id !== id || trace.arrivedAt !== undefined) return;
    trace.arrivedAt = at;
    trace.arrival = arrival;
    trace.ended = undefined;
  },
  shown(state: TraceState, { id, at }: { id: string; at: number }): void {
    if (state.current?.id === id) state.current.shownAt ??= at;
  },
  ended(state: TraceState, { id, as }: { id: string; as: NonNullable<Trace['ended']> }): void {
    if (state.current?.id === id && state.current.arrivedAt === undefined) state.current.ended = as;
  },
};

/** The path of this tab's newest message, for the line below it and the architecture diagram. */
export function createTraceModule() {
  return { namespaced: true as const, state: (): TraceState => ({ current: null }), mutations };
}
