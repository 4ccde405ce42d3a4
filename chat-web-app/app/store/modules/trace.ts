import type { OutgoingName } from '@chat/contract';
import type { RowArrival } from '../trace/arrival';

/**
 * What this tab has measured of one own message. Times on this page's clock are ms since the page was opened
 * (`performance.now`); Ably's clock gave two stamps, which are compared with each other and never with ours.
 */
export interface Trace {
  /** The published message, and the row that it is about. */
  id: string;
  name: OutgoingName;
  target: string;
  /** null for a deletion. */
  content: string | null;
  /** This page's clock. */
  publishedAt: number;
  takenAt?: number;
  arrivedAt?: number;
  shownAt?: number;
  arrival?: RowArrival;
}

export interface TraceState {
  /** The newest own message, once there is one. */
  current: Trace | null;
}

const mutations = {
  published(state: TraceState, trace: Trace): void {
    state.current = trace;
  },
  taken(state: TraceState, { id, at }: { id: string; at: number }): void {
    if (state.current?.id === id) state.current.takenAt ??= at;
  },
  arrived(state: TraceState, { arrival, at }: { arrival: RowArrival; at: number }): void {
    const trace = state.current;
    if (!trace || trace.arrival || !isAbout(trace, arrival)) return;
    trace.arrivedAt = at;
    trace.arrival = arrival;
  },
  shown(state: TraceState, { id, at }: { id: string; at: number }): void {
    if (state.current?.id === id) state.current.shownAt ??= at;
  },
};

function isAbout(trace: Trace, arrival: RowArrival): boolean {
  return trace.target === arrival.msgId && trace.name === arrival.cause;
}

/** The way of the newest own message, for the architecture diagram. */
export function createTraceModule() {
  return { namespaced: true as const, state: (): TraceState => ({ current: null }), mutations };
}
