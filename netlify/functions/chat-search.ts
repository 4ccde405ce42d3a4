import { formatCursor, READ_PATHS, SearchPageSchema, SearchQuerySchema } from '@chat/contract';
import type { NetlifyFunction } from '@netlify/functions';
import { readHistoryEnv } from '../lib/env.ts';
import { fetchHistory } from '../lib/fetch-history.ts';
import { parseQuery } from '../lib/read-request.ts';
import { answering, json } from '../lib/responses.ts';

/** `GET ?q=<words>&limit=1..50&before=<cursor>` returns a SearchPage. */
export default answering('chat-search', readHistoryEnv, {
  async GET({ request, env }) {
    const { q, limit, before } = parseQuery(request, SearchQuerySchema);
    const parameters = { q, limit: String(limit), before: before && formatCursor(before) };
    return json(await fetchHistory(SearchPageSchema, parameters, env, { path: READ_PATHS.search }));
  },
}) satisfies NetlifyFunction['fetch'];
