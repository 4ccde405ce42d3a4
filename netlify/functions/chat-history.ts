import { formatCursor, HistoryPageSchema, HistoryQuerySchema, PastPageSchema } from '@chat/contract';
import type { Config, NetlifyFunction } from '@netlify/functions';
import { readHistoryEnv } from '../lib/env.ts';
import { fetchHistory } from '../lib/fetch-history.ts';
import { parseQuery } from '../lib/read-request.ts';
import { answering, json } from '../lib/responses.ts';

/**
 * `GET ?limit=1..100&before=<cursor>` returns a HistoryPage, with `&at=<ms>` a PastPage. A proxy,
 * because the browser must not learn the Lambda's address and secret.
 */
export default answering('chat-history', readHistoryEnv, {
  async GET({ request, env }) {
    const { limit, before, at } = parseQuery(request, HistoryQuerySchema);
    const parameters = { limit: String(limit), before: before && formatCursor(before), at };
    const schema = at === undefined ? HistoryPageSchema : PastPageSchema;
    return json(await fetchHistory(schema, parameters, env));
  },
}) satisfies NetlifyFunction['fetch'];

/** See ably-auth.ts. A person who scrolls through the past reads a few pages a second. */
export const config: Config = {
  rateLimit: { windowSize: 60, windowLimit: 300, aggregateBy: ['ip', 'domain'] },
};
