import type { Trace } from './module';

export type StepName = 'published' | 'acknowledged' | 'written' | 'fannedOut' | 'arrived' | 'shown';

export interface Step {
  name: StepName;
  isDone: boolean;
  /** undefined while not done, and where this page has no clock to measure it. */
  ms?: number;
}

/**
 * How far a message has come, and how long each step took:
 *
 * - `acknowledged`, `arrived` and `shown`: ms since publishing, on the page's clock;
 * - `fannedOut`: ms between Ably's timestamps of the message and of its row change, which covers
 *   rule, function, database, outbox and connector together;
 * - `written`: no time, because no clock of the transaction reaches the page.
 */
export function toSteps(trace: Trace): Step[] {
  const { arrival, acknowledgedAt, arrivedAt, shownAt, publishedAt } = trace;
  const since = (at: number | undefined) => (at === undefined ? undefined : at - publishedAt);
  const isBack = arrival !== undefined;
  return [
    { name: 'published', isDone: true, ms: 0 },
    // A received row proves it, even before the acknowledgement arrives.
    { name: 'acknowledged', isDone: acknowledgedAt !== undefined || isBack, ms: since(acknowledgedAt) },
    { name: 'written', isDone: isBack },
    { name: 'fannedOut', isDone: isBack, ms: fanOutTime(arrival) },
    { name: 'arrived', isDone: isBack, ms: since(arrivedAt) },
    { name: 'shown', isDone: shownAt !== undefined, ms: since(shownAt) },
  ];
}

function fanOutTime(arrival: Trace['arrival']): number | undefined {
  return arrival?.publishedAt == null ? undefined : arrival.fannedOutAt - arrival.publishedAt;
}
