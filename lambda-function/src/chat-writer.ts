import { InvalidInput } from '@chat/contract';
import type { SQSBatchResponse } from 'aws-lambda';
import { applyChanges } from './apply-changes.ts';
import { createDatabase } from './database/database.ts';
import { decodeMessage, type Change } from './decode.ts';
import { readWriterEnv } from './env.ts';
import { TargetMissing, type Orphan } from './errors.ts';
import { parseEvent } from './event.ts';
import { createLog, type LambdaContext, type Log } from './log.ts';
import { countOutcomes, writerMetrics, type WriterReport } from './report.ts';

/** A decoded change, and the batch record it arrived in. */
type DeliveredChange = Change & { itemIdentifier: string | undefined };

const database = createDatabase(readWriterEnv().database);

/**
 * Writes the messages of an Ably rule's event to the database. Ably and AWS deliver at least once
 * and in no order, so everything here may be repeated. A message that can never succeed is logged
 * and dropped. For one that may succeed later, the handler throws, and AWS retries the event; in a
 * batch it reports the record as failed, and AWS retries that record.
 * @throws TargetMissing once all other messages of the event are committed; never for a batch
 * @throws DatabaseUnavailable, DatabaseRefused when possibly nothing is committed; also for a batch
 */
export async function handler(
  event: unknown,
  context: LambdaContext,
): Promise<WriterReport | SQSBatchResponse> {
  const startedAt = performance.now();
  const log = createLog(context);
  const count = (report: WriterReport) => writerMetrics(context, report, startedAt);

  const { isBatch, changes, malformed } = readEvent(event, log);
  const outcomes = await applyChanges(database, changes).catch((error: unknown) => {
    log.error('failed', { reason: String(error), ...count({ failed: changes.length, malformed }) });
    throw error;
  });
  const report = countOutcomes(outcomes, malformed);
  log.info('applied', { outcomes: report, ...count(report) });

  const orphans = changes.filter((_, index) => outcomes[index] === 'missing-target') as (DeliveredChange &
    Orphan)[];
  if (!isBatch && orphans.length === 0) return report;
  const missing = new TargetMissing(orphans);
  if (!isBatch) throw missing;
  // A failed record carries no reason, so only the log explains a dead letter of SQS.
  if (orphans.length > 0) log.warn('target-missing', { reason: missing.message });
  return { batchItemFailures: itemsOf(orphans) };
}

interface ReadableEvent {
  isBatch: boolean;
  changes: DeliveredChange[];
  /** Number of dropped messages and envelopes. */
  malformed: number;
}

function readEvent(event: unknown, log: Log): ReadableEvent {
  let malformed = 0;
  const drop = (logEvent: string, origin: object) => (reason: string) => {
    malformed += 1;
    log.warn(logEvent, { ...origin, reason });
  };
  const parsed = parseOrDrop(() => parseEvent(event), drop('malformed-event', {}));
  if (!parsed) return { isBatch: false, changes: [], malformed };

  const changes = parsed.deliveries.flatMap(({ itemIdentifier, messages }) => {
    const envelope = parseOrDrop(messages, drop('malformed-event', { itemIdentifier }));
    return (envelope ?? []).flatMap((message, index) => {
      const origin = { itemIdentifier, index };
      const change = parseOrDrop(() => decodeMessage(message), drop('malformed-message', origin));
      return change ? [{ ...change, itemIdentifier }] : [];
    });
  });
  return { isBatch: parsed.isBatch, changes, malformed };
}

/** Drops malformed input: it would fail every retry, and the event's other messages with it. */
function parseOrDrop<Parsed>(parse: () => Parsed, drop: (reason: string) => void): Parsed | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    drop(error.message);
    return undefined;
  }
}

function itemsOf(changes: readonly DeliveredChange[]): SQSBatchResponse['batchItemFailures'] {
  const items = new Set(changes.flatMap(({ itemIdentifier }) => itemIdentifier ?? []));
  return [...items].map((itemIdentifier) => ({ itemIdentifier }));
}
