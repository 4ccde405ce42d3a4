import type { Trace } from '../modules/trace';

export type StepName = 'published' | 'taken' | 'written' | 'fannedOut' | 'arrived' | 'shown';

export interface Step {
  name: StepName;
  isDone: boolean;
  /** ms, or undefined where nothing here can know it. */
  ms?: number;
}

/**
 * How far a message has come, and what each step took as far as that can be known from here:
 * `taken`, `arrived`, `shown` are ms since publishing on this page's clock; `fannedOut` is what passed on Ably's clock between
 * Ably's taking the message and taking the row change (rule, function, database, outbox, connector together). Written and
 * put into the outbox happen in one transaction, whose time no clock tells us.
 */
export function toSteps(trace: Trace): Step[] {
  const { arrival, takenAt, arrivedAt, shownAt, publishedAt } = trace;
  const since = (at: number | undefined) => (at === undefined ? undefined : at - publishedAt);
  const isBack = arrival !== undefined;
  return [
    { name: 'published', isDone: true, ms: 0 },
    // A row that is back was taken, whether or not the acknowledgement has come.
    { name: 'taken', isDone: takenAt !== undefined || isBack, ms: since(takenAt) },
    { name: 'written', isDone: isBack },
    { name: 'fannedOut', isDone: isBack, ms: betweenStamps(trace) },
    { name: 'arrived', isDone: isBack, ms: since(arrivedAt) },
    { name: 'shown', isDone: shownAt !== undefined, ms: since(shownAt) },
  ];
}

function betweenStamps({ arrival }: Trace): number | undefined {
  return arrival?.publishedAt == null ? undefined : arrival.fannedOutAt - arrival.publishedAt;
}
