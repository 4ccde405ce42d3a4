import { HistoryQuerySchema, InvalidInput, parseInput, type HistoryQuery } from '@chat/contract';
import type { NetlifyFunction } from '@netlify/functions';
import { readHistoryEnv } from '../lib/env.ts';
import { BadRequest, MethodNotAllowed } from '../lib/errors.ts';
import { fetchHistory } from '../lib/fetch-history.ts';
import { answering, json } from '../lib/responses.ts';

/**
 * `GET ?limit=1..100&before=<cursor>` answers a HistoryPage. It only stands between the browser and the Lambda, whose
 * address and secret the browser must not know.
 */
export default answering('chat-history', async (request) => {
  if (request.method !== 'GET') throw new MethodNotAllowed(request.method, ['GET']);
  const query = parseQuery(new URL(request.url));
  return json(await fetchHistory(query, readHistoryEnv()));
}) satisfies NetlifyFunction['fetch'];

function parseQuery({ searchParams }: URL): HistoryQuery {
  try {
    return parseInput(HistoryQuerySchema, Object.fromEntries(searchParams), 'The history query');
  } catch (error) {
    if (error instanceof InvalidInput) throw new BadRequest('The history query is not valid', error.problems);
    throw error;
  }
}
