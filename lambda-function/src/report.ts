import type { Outcome } from './apply-changes.ts';
import { defineMetrics, type LambdaContext } from './log.ts';

/** Number of messages per outcome. AWS passes it to an on-success destination, if one is set. */
export type WriterReport = Partial<Record<Outcome | 'orphaned' | 'malformed' | 'failed', number>>;

/**
 * - `written`: rows inserted, edited or deleted
 * - `duplicate`: repeated, or superseded by a later change
 * - `refused`: edits and deletes by another client than the author, ids of another author
 * - `limited`: dropped because their authors wrote too much within a minute
 * - `malformed`: dropped; the log has the reasons
 * - `orphaned`: edits and deletes dropped because their target has not arrived in time
 * - `waiting`: edits and deletes whose target may still arrive; AWS retries the event
 * - `targetMissing`: 1 when the invocation fails for those alone; `Errors` of AWS counts it too
 * - `failed`: not applied because the database failed; AWS retries the event
 * - `latency`: of the handler, without Lambda's own overhead
 */
const toFields = defineMetrics({
  written: 'Count',
  duplicate: 'Count',
  refused: 'Count',
  limited: 'Count',
  malformed: 'Count',
  orphaned: 'Count',
  waiting: 'Count',
  targetMissing: 'Count',
  failed: 'Count',
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
  limited: 'limited',
  'missing-target': 'waiting',
  orphaned: 'orphaned',
  failed: 'failed',
  malformed: 'malformed',
} as const satisfies Record<keyof WriterReport, string>;

export function countOutcomes(outcomes: readonly (Outcome | 'orphaned')[], malformed: number): WriterReport {
  const report: WriterReport = {};
  for (const outcome of outcomes) report[outcome] = (report[outcome] ?? 0) + 1;
  if (malformed > 0) report.malformed = malformed;
  return report;
}

/**
 * Returns an invocation's metrics as log fields.
 * @param startedAt of `performance.now()`
 * @param targetMissing whether the invocation fails for missing targets alone
 */
export function writerMetrics(
  context: LambdaContext,
  report: WriterReport,
  { startedAt, targetMissing = false }: { startedAt: number; targetMissing?: boolean },
) {
  const values = {
    ...{ written: 0, duplicate: 0, refused: 0, limited: 0, malformed: 0, orphaned: 0, waiting: 0, failed: 0 },
    targetMissing: Number(targetMissing),
    latency: performance.now() - startedAt,
  };
  for (const [outcome, count] of Object.entries(report))
    values[METRIC_OF[outcome as keyof WriterReport]] += count;
  return toFields(context, values);
}
