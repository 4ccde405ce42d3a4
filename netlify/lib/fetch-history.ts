import { parseInput, parseJson } from '@chat/contract';
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
 * Fetches what the Lambda answers at a path with these parameters.
 * @param path one of READ_PATHS; without, a page of the history
 * @throws HistoryUnavailable for any failure: unreachable, too slow, rejected, not a valid answer, or
 *   a Lambda of a version without that path
 */
export function fetchHistory<Schema extends v.GenericSchema>(
  schema: Schema,
  parameters: Record<string, string | undefined>,
  lambda: Lambda,
  { path = '', timeout = TIMEOUT }: { path?: string; timeout?: number } = {},
): Promise<v.InferOutput<Schema>> {
  const url = new URL(lambda.CHAT_HISTORY_URL);
  if (path !== '') url.pathname = url.pathname.replace(/\/$/, '') + path;
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return fetchValid(schema, url, lambda, timeout);
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
