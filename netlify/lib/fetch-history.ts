import {
  READ_PATHS,
  ChatChangesSchema,
  formatChangesCursor,
  formatCursor,
  HistoryPageSchema,
  parseInput,
  parseJson,
  type ChangesQuery,
  type ChatChanges,
  type HistoryPage,
  type HistoryQuery,
} from '@chat/contract';
import type * as v from 'valibot';
import type { HistoryEnv } from './env.ts';
import { HistoryUnavailable } from './errors.ts';
import { readText } from './read-text.ts';

/** In ms. Long enough for a cold Lambda on an idle database; short enough for a waiting reader. */
const TIMEOUT = 10_000;

/** A page of 100 rows of maximum length is below 2 MB, 200 changes are below 4 MB. */
const MAX_BYTES = 4_000_000;

type Lambda = Pick<HistoryEnv, 'CHAT_HISTORY_URL' | 'HISTORY_SECRET'>;

/**
 * Fetches a page of the history from the Lambda.
 * @throws HistoryUnavailable for any failure: unreachable, too slow, rejected, or not a valid page
 */
export function fetchHistory(
  { limit, before }: HistoryQuery,
  lambda: Lambda,
  timeout = TIMEOUT,
): Promise<HistoryPage> {
  const url = new URL(lambda.CHAT_HISTORY_URL);
  url.searchParams.set('limit', String(limit));
  if (before) url.searchParams.set('before', formatCursor(before));
  return fetchValid(HistoryPageSchema, url, lambda, timeout);
}

/**
 * Fetches what changed since a cursor from the Lambda.
 * @throws HistoryUnavailable for any failure, also when the Lambda is of a version without changes
 */
export function fetchChanges({ since }: ChangesQuery, lambda: Lambda): Promise<ChatChanges> {
  const url = new URL(lambda.CHAT_HISTORY_URL);
  url.pathname = url.pathname.replace(/\/$/, '') + READ_PATHS.changes;
  if (since) url.searchParams.set('since', formatChangesCursor(since));
  return fetchValid(ChatChangesSchema, url, lambda, TIMEOUT);
}

async function fetchValid<Schema extends v.GenericSchema>(
  schema: Schema,
  url: URL,
  { HISTORY_SECRET }: Lambda,
  timeout: number,
): Promise<v.InferOutput<Schema>> {
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${HISTORY_SECRET}`, accept: 'application/json' },
      // Following a redirect would send the query, and on the same host the secret, elsewhere.
      redirect: 'error',
      signal: AbortSignal.timeout(timeout),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new HistoryUnavailable(`the history function answered with status ${response.status}`);
    }
    return parseInput(schema, parseJson(await readText(response.body, MAX_BYTES)), 'The answer');
  } catch (error) {
    if (error instanceof HistoryUnavailable) throw error;
    throw new HistoryUnavailable(describe(error), { cause: error });
  }
}

/** Includes the cause: fetch itself reports only "fetch failed". */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
