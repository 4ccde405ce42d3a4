import type { OutgoingName } from '@chat/contract';
import type { RowArrival } from './arrival';

/**
 * What this tab measured of one of its messages. Times on the page's clock are ms since the page
 * was opened (`performance.now`). Ably's two timestamps are compared with each other only.
 */
export interface Trace {
  /** The Ably id of the published message. */
  id: string;
  name: OutgoingName;
  /** The id of the message that it creates or changes. */
  target: string;
  /** null for a deletion. */
  content: string | null;
  /** On the page's clock, as are the next three. */
  publishedAt: number;
  acknowledgedAt?: number;
  arrivedAt?: number;
  shownAt?: number;
  arrival?: RowArrival;
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
  arrived(state: TraceState, { arrival, at }: { arrival: RowArrival; at: number }): void {
    const trace = state.current;
    if (!trace || trace.arrival || !isCausedBy(arrival, trace)) return;
    trace.arrivedAt = at;
    trace.arrival = arrival;
  },
  shown(state: TraceState, { id, at }: { id: string; at: number }): void {
    if (state.current?.id === id) state.current.shownAt ??= at;
  },
};

function isCausedBy(arrival: RowArrival, trace: Trace): boolean {
  return arrival.msgId === trace.target && arrival.cause === trace.name;
}

/** The path of this tab's newest message, for the architecture diagram. */
export function createTraceModule() {
  return { namespaced: true as const, state: (): TraceState => ({ current: null }), mutations };
}
