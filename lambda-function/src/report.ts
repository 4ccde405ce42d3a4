import type { Context } from 'aws-lambda';
import type { Outcome } from './apply-changes.ts';
import { defineMetrics } from './log.ts';

/** How many messages had each outcome. AWS passes it to an on-success destination, if there is one. */
export type WriterReport = Partial<Record<Outcome | 'malformed' | 'failed', number>>;

/**
 * - `written`: rows inserted, edited or deleted
 * - `duplicate`: came before, or too late to matter
 * - `refused`: edits and deletes by somebody who is not the author
 * - `malformed`: dropped, see the log for the reasons
 * - `retryable`: could not be applied yet; AWS repeats the event
 * - `latency`: of the invocation, without what Lambda adds
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

/** The metrics of an invocation that began at `startedAt` (of performance.now), as fields of its log. */
export function writerMetrics(
  context: Pick<Context, 'functionName'>,
  report: WriterReport,
  startedAt: number,
) {
  const latency = performance.now() - startedAt;
  const values = { written: 0, duplicate: 0, refused: 0, malformed: 0, retryable: 0, latency };
  for (const [outcome, count] of Object.entries(report))
    values[METRIC_OF[outcome as keyof WriterReport]] += count;
  return toFields(context, values);
}
