import { InvalidInput } from '@chat/contract';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import { applyChanges } from './apply-changes.ts';
import { createDatabase } from './db.ts';
import { decodeMessage, type Change } from './decode.ts';
import { readWriterEnv } from './env.ts';
import { TargetMissing, type Orphan } from './errors.ts';
import { parseEvent } from './event.ts';
import { createLog, type Log } from './log.ts';
import { countOutcomes, writerMetrics, type WriterReport } from './report.ts';

type LambdaContext = Pick<Context, 'awsRequestId' | 'functionName'>;

/** What a readable message asks for, and the record of a batch that it came in. */
type Asked = Change & { itemIdentifier: string | undefined };

const database = createDatabase(readWriterEnv().database);

/**
 * Writes what an Ably rule sends. Ably and AWS deliver at least once and in no order, so everything here may be repeated.
 * What can never succeed is logged and dropped; what may succeed later throws, and AWS retries the event, or is named in the
 * answer to a batch, and AWS retries those records.
 * @throws TargetMissing once all other messages of the event are committed; never for a batch
 * @throws DatabaseUnavailable, DatabaseRefused when nothing is known to be committed, for a batch as well
 */
export async function handler(
  event: unknown,
  context: LambdaContext,
): Promise<WriterReport | SQSBatchResponse> {
  const startedAt = performance.now();
  const log = createLog(context);
  const count = (report: WriterReport) => writerMetrics(context, report, startedAt);

  const { isBatch, asked, malformed } = readEvent(event, log);
  const outcomes = await applyChanges(database, asked).catch((error: unknown) => {
    log.error('failed', { reason: String(error), ...count({ failed: asked.length, malformed }) });
    throw error;
  });
  const report = countOutcomes(outcomes, malformed);
  log.info('applied', { outcomes: report, ...count(report) });

  const orphans = asked.filter((_, place) => outcomes[place] === 'missing-target') as (Asked & Orphan)[];
  if (!isBatch && orphans.length === 0) return report;
  const missing = new TargetMissing(orphans);
  if (!isBatch) throw missing;
  // A record has no place for the reason: a dead letter of SQS is found by its ids in the log.
  if (orphans.length > 0) log.warn('target-missing', { reason: missing.message });
  return { batchItemFailures: itemsOf(orphans) };
}

interface ReadableEvent {
  isBatch: boolean;
  asked: Asked[];
  /** Messages, or whole envelopes, that were dropped. */
  malformed: number;
}

function readEvent(event: unknown, log: Log): ReadableEvent {
  let malformed = 0;
  const drop = (what: string, about: object) => (reason: string) => {
    malformed += 1;
    log.warn(what, { ...about, reason });
  };
  const parsed = parseOrDrop(() => parseEvent(event), drop('malformed-event', {}));
  if (!parsed) return { isBatch: false, asked: [], malformed };

  const asked = parsed.deliveries.flatMap(({ itemIdentifier, messages }) => {
    const envelope = parseOrDrop(messages, drop('malformed-event', { itemIdentifier }));
    return (envelope ?? []).flatMap((message, place) => {
      const about = { itemIdentifier, place };
      const change = parseOrDrop(() => decodeMessage(message), drop('malformed-message', about));
      return change ? [{ ...change, itemIdentifier }] : [];
    });
  });
  return { isBatch: parsed.isBatch, asked, malformed };
}

/** What is malformed will be so at every try: it is reported and dropped, and must not take its neighbours down. */
function parseOrDrop<Parsed>(parse: () => Parsed, drop: (reason: string) => void): Parsed | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    drop(error.message);
    return undefined;
  }
}

function itemsOf(asked: readonly Asked[]): SQSBatchResponse['batchItemFailures'] {
  const items = new Set(asked.flatMap(({ itemIdentifier }) => itemIdentifier ?? []));
  return [...items].map((itemIdentifier) => ({ itemIdentifier }));
}
