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

/** A cold Lambda and a sleeping database fit in this; whoever looks at the page gives up soon after. In ms. */
const TIMEOUT = 10_000;

/** A page of 100 rows at their longest is below 2 MB. */
const MAX_PAGE_BYTES = 4_000_000;

/**
 * Asks the Lambda for a page.
 * @throws HistoryUnavailable whatever the cause: not reached, too slow, refused, or not a page
 */
export async function fetchHistory(
  query: HistoryQuery,
  { CHAT_HISTORY_URL, HISTORY_SECRET }: HistoryEnv,
  timeout = TIMEOUT,
): Promise<HistoryPage> {
  try {
    const response = await fetch(toUrl(CHAT_HISTORY_URL, query), {
      headers: { authorization: `Bearer ${HISTORY_SECRET}`, accept: 'application/json' },
      // A redirect would carry the question, and on the same host the secret, to wherever it points.
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

/** fetch hides the real reason in the cause, and says only "fetch failed". */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
