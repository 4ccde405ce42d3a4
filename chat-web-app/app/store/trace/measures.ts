import type { Trace } from './module';

/** A part of the path, or more of them where the page cannot tell apart how long each took. */
export type MeasureName = 'network' | 'behindAbly' | 'untilBack' | 'screen';

export interface Measure {
  name: MeasureName;
  /** undefined until it ends */
  ms?: number;
}

/**
 * How long each part of the path took. The parts follow one another and do not overlap, so their
 * sum is the time from publishing until shown (`toTotal`).
 *
 * - `behindAbly`: between Ably's two timestamps, of the message and of its row change. Rule,
 *   function, database, outbox and connector, whose clocks do not reach the page.
 * - `network`: the rest of the time until the row change arrived: to Ably and back from it.
 *   Ably's acknowledgement does not separate the two: it is a round trip itself.
 * - `untilBack` replaces both where Ably's timestamps are missing, or contradict the page's clock.
 * - `screen`: from there until it was shown.
 */
export function toMeasures({ publishedAt, arrivedAt, shownAt, arrival }: Trace): Measure[] {
  if (arrivedAt === undefined) return [{ name: 'network' }, { name: 'behindAbly' }, { name: 'screen' }];
  const untilBack = between(publishedAt, arrivedAt);
  const onScreen = between(arrivedAt, shownAt);
  const isInOrder = untilBack !== undefined && (shownAt === undefined || onScreen !== undefined);
  if (!isInOrder) return [{ name: 'untilBack' }, { name: 'screen' }];
  const screen: Measure = { name: 'screen', ms: onScreen };
  const behindAbly = arrival?.msBehindAbly;
  if (behindAbly === undefined || behindAbly < 0 || behindAbly > untilBack) {
    return [{ name: 'untilBack', ms: untilBack }, screen];
  }
  return [{ name: 'network', ms: untilBack - behindAbly }, { name: 'behindAbly', ms: behindAbly }, screen];
}

/** ms from publishing until shown, undefined until then. */
export function toTotal({ publishedAt, shownAt }: Trace): number | undefined {
  return between(publishedAt, shownAt);
}

/**
 * Rounds the times, not their difference: rounded differences would not add up to the total.
 * @returns undefined while a time is missing, and for times in the wrong order
 */
function between(from: number | undefined, to: number | undefined): number | undefined {
  if (from === undefined || to === undefined) return undefined;
  const ms = Math.round(to) - Math.round(from);
  return ms >= 0 ? ms : undefined;
}

export type StopName = 'page' | 'ably' | 'lambda' | 'postgres' | 'back';

/** The stops of the path that the message has certainly reached, in order. */
export function stopsReached({ acknowledgedAt, arrivedAt }: Trace): StopName[] {
  // A row that came back has passed all of them, even before the acknowledgement arrives.
  if (arrivedAt !== undefined) return ['page', 'ably', 'lambda', 'postgres', 'back'];
  return acknowledgedAt === undefined ? ['page'] : ['page', 'ably'];
}

/** When the page last learned something about the message, on its clock. */
export function newestEvidence({ publishedAt, acknowledgedAt, arrivedAt }: Trace): number {
  return Math.max(publishedAt, acknowledgedAt ?? 0, arrivedAt ?? 0);
}
