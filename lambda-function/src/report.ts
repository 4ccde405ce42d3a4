import type { Outcome } from './apply-changes.ts';
import { defineMetrics, type LambdaContext } from './log.ts';

/** Number of messages per outcome. AWS passes it to an on-success destination, if one is set. */
export type WriterReport = Partial<Record<Outcome | 'malformed' | 'failed', number>>;

/**
 * - `written`: rows inserted, edited or deleted
 * - `duplicate`: repeated, or superseded by a later change
 * - `refused`: edits and deletes by another client than the author, ids of another author
 * - `malformed`: dropped; the log has the reasons
 * - `retryable`: could not be applied yet; AWS retries the event
 * - `latency`: of the handler, without Lambda's own overhead
 */
const toFields = defineMetrics({
  written: 'Count',
  duplicate: 'Count',
  refused: 'Count',
  malformed: 'Count',
  retryable: 'Count',
  latency: 'Milliseconds',
});

const METRIC_OF = {
  written: 'written',
  edited: 'written',
  deleted: 'written',
  duplicate: 'duplicate',
  stale: 'duplicate',
  gone: 'duplicate',
  foreign: 'refused',
  'missing-target': 'retryable',
  failed: 'retryable',
  malformed: 'malformed',
} as const satisfies Record<keyof WriterReport, string>;

export function countOutcomes(outcomes: readonly Outcome[], malformed: number): WriterReport {
  const report: WriterReport = {};
  for (const outcome of outcomes) report[outcome] = (report[outcome] ?? 0) + 1;
  if (malformed > 0) report.malformed = malformed;
  return report;
}

/**
 * Returns an invocation's metrics as log fields.
 * @param startedAt of `performance.now()`
 */
export function writerMetrics(context: LambdaContext, report: WriterReport, startedAt: number) {
  const latency = performance.now() - startedAt;
  const values = { written: 0, duplicate: 0, refused: 0, malformed: 0, retryable: 0, latency };
  for (const [outcome, count] of Object.entries(report))
    values[METRIC_OF[outcome as keyof WriterReport]] += count;
  return toFields(context, values);
}
