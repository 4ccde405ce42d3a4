import { InvalidInput } from '@chat/contract';
import type { SQSBatchResponse } from 'aws-lambda';
import { applyChanges } from './apply-changes.ts';
import { createDatabase } from './database/database.ts';
import { decodeMessage, type Change } from './decode.ts';
import { readWriterEnv } from './env.ts';
import { listAuthors, listOrphans, TargetMissing, type Orphan } from './errors.ts';
import { parseEvent } from './event.ts';
import { createLog, type LambdaContext, type Log } from './log.ts';
import { countOutcomes, writerMetrics, type WriterReport } from './report.ts';
import { targetDeadline } from './target-wait.ts';

/** A decoded change, and the batch record it arrived in. */
type DeliveredChange = Change & {
  itemIdentifier: string | undefined;
  /** Until when the target of an edit or delete may still arrive, ms since the epoch. */
  targetDeadline: number;
};

const env = readWriterEnv();
const database = createDatabase(env.database);

/**
 * Writes the messages of an Ably rule's event to the database. Ably, AWS and the page repeat
 * messages, and Ably delivers them in no order, so everything here may be repeated. A message that
 * can never succeed is logged and dropped. For one that may succeed later, the handler throws, and
 * AWS retries the event; in a batch it reports the record as failed, and AWS retries that record. An
 * edit or delete whose target has not arrived in time is dropped, too.
 * @throws TargetMissing once all other messages of the event are committed; never for a batch
 * @throws DatabaseUnavailable, DatabaseRefused when possibly nothing is committed; also for a batch
 */
export async function handler(
  event: unknown,
  context: LambdaContext,
): Promise<WriterReport | SQSBatchResponse> {
  const startedAt = performance.now();
  const log = createLog(context);
  const count = (report: WriterReport, targetMissing = false) =>
    writerMetrics(context, report, { startedAt, targetMissing });

  const { isBatch, changes, malformed } = readEvent(event, log);
  const applied = await applyChanges(database, changes, env.messagesPerMinute).catch((error: unknown) => {
    log.error('failed', { reason: String(error), ...count({ failed: changes.length, malformed }) });
    throw error;
  });
  const now = Date.now();
  const outcomes = applied.map((outcome, index) =>
    outcome === 'missing-target' && (changes[index]?.targetDeadline ?? 0) <= now ? 'orphaned' : outcome,
  );
  const changesWith = (wanted: string) =>
    changes.filter((_, index) => outcomes[index] === wanted) as (DeliveredChange & Orphan)[];
  const [orphaned, waiting] = [changesWith('orphaned'), changesWith('missing-target')];
  const limited = changes.filter((_, index) => outcomes[index] === 'limited');
  if (limited.length > 0) log.warn('limited', { reason: listAuthors(limited) });
  if (orphaned.length > 0) log.warn('orphaned', { reason: listOrphans(orphaned) });
  const report = countOutcomes(outcomes, malformed);
  log.info('applied', { outcomes: report, ...count(report, !isBatch && waiting.length > 0) });

  if (!isBatch && waiting.length === 0) return report;
  const missing = new TargetMissing(waiting);
  if (!isBatch) throw missing;
  // A failed record carries no reason, so only the log explains a dead letter of SQS.
  if (waiting.length > 0) log.warn('target-missing', { reason: missing.message });
  return { batchItemFailures: itemsOf(waiting) };
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

  const changes = parsed.deliveries.flatMap(({ itemIdentifier, isOrdered, envelope }) => {
    const parsedEnvelope = parseOrDrop(envelope, drop('malformed-event', { itemIdentifier }));
    const { messages = [], redrivenAt } = parsedEnvelope ?? {};
    return messages.flatMap((message, index) => {
      const origin = { itemIdentifier, index };
      const change = parseOrDrop(() => decodeMessage(message), drop('malformed-message', origin));
      if (!change) return [];
      const times = { receivedAt: change.receivedAt, redrivenAt, isOrdered };
      return [{ ...change, itemIdentifier, targetDeadline: targetDeadline(times, env.targetWait) }];
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
