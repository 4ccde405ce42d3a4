import {
  formatCursor,
  HistoryPageSchema,
  parseInput,
  type HistoryPage,
  type HistoryQuery,
} from '@chat/contract';
import type { HistoryEnv } from './env.ts';
import { HistoryUnavailable } from './errors.ts';
import { readText } from './read-text.ts';

/** In ms. Long enough for a cold Lambda on an idle database; short enough for a waiting reader. */
const TIMEOUT = 10_000;

/** A page of 100 rows of maximum length is below 2 MB. */
const MAX_PAGE_BYTES = 4_000_000;

/**
 * Fetches a page of the history from the Lambda.
 * @throws HistoryUnavailable for any failure: unreachable, too slow, rejected, or not a valid page
 */
export async function fetchHistory(
  query: HistoryQuery,
  { CHAT_HISTORY_URL, HISTORY_SECRET }: Pick<HistoryEnv, 'CHAT_HISTORY_URL' | 'HISTORY_SECRET'>,
  timeout = TIMEOUT,
): Promise<HistoryPage> {
  try {
    const response = await fetch(toUrl(CHAT_HISTORY_URL, query), {
      headers: { authorization: `Bearer ${HISTORY_SECRET}`, accept: 'application/json' },
      // Following a redirect would send the query, and on the same host the secret, elsewhere.
      redirect: 'error',
      signal: AbortSignal.timeout(timeout),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new HistoryUnavailable(`the history function answered with status ${response.status}`);
    }
    return parseInput(
      HistoryPageSchema,
      JSON.parse(await readText(response.body, MAX_PAGE_BYTES)),
      'The page',
    );
  } catch (error) {
    if (error instanceof HistoryUnavailable) throw error;
    throw new HistoryUnavailable(describe(error), { cause: error });
  }
}

function toUrl(base: string, { limit, before }: HistoryQuery): URL {
  const url = new URL(base);
  url.searchParams.set('limit', String(limit));
  if (before) url.searchParams.set('before', formatCursor(before));
  return url;
}

/** Includes the cause: fetch itself reports only "fetch failed". */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
