import { InvalidInput } from '@chat/contract';
import type { Context } from 'aws-lambda';
import { applyChanges } from './apply-changes.ts';
import type { Outcome } from './apply-changes.ts';
import { createDatabase } from './db.ts';
import { decodeMessage } from './decode.ts';
import { readWriterEnv } from './env.ts';
import { TargetMissing } from './errors.ts';
import { parseEvent } from './event.ts';
import { createLog } from './log.ts';

/** How many messages had each outcome. AWS passes it to an on-success destination, if there is one. */
export type WriterReport = Partial<Record<Outcome | 'malformed', number>>;

const database = createDatabase(readWriterEnv().database);

/**
 * Writes what an Ably rule sends. Ably and AWS deliver at least once and in no order, so everything here may be repeated.
 * What can never succeed is logged and dropped; what may succeed later throws, and AWS retries the event.
 * @throws TargetMissing once all other messages of the event are committed
 * @throws DatabaseUnavailable when nothing is known to be committed
 */
export async function handler(event: unknown, context: Pick<Context, 'awsRequestId'>): Promise<WriterReport> {
  const log = createLog(context.awsRequestId);
  const messages = parseOrDrop(
    () => parseEvent(event),
    (reason) => log.error('malformed-event', { reason }),
  );
  if (!messages) return { malformed: 1 };

  const changes = messages.flatMap((message, place) => {
    const change = parseOrDrop(
      () => decodeMessage(message),
      (reason) => log.warn('malformed-message', { place, reason }),
    );
    return change ? [change] : [];
  });
  const outcomes = await applyChanges(database, changes);

  const report: WriterReport = {};
  for (const outcome of outcomes) report[outcome] = (report[outcome] ?? 0) + 1;
  const malformed = messages.length - changes.length;
  if (malformed > 0) report.malformed = malformed;
  log.info('applied', report);

  const missing = changes.filter((_, place) => outcomes[place] === 'missing-target').map(({ id }) => id);
  if (missing.length > 0) throw new TargetMissing(missing);
  return report;
}

/** What is malformed will be so at every try: it is reported and dropped, and must not take its neighbours down. */
function parseOrDrop<Parsed>(parse: () => Parsed, report: (reason: string) => void): Parsed | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    report(error.message);
    return undefined;
  }
}
