import { READ_PATHS, TimelineQuerySchema, TimelineSchema } from '@chat/contract';
import type { NetlifyFunction } from '@netlify/functions';
import { readHistoryEnv } from '../lib/env.ts';
import { fetchHistory } from '../lib/fetch-history.ts';
import { parseQuery } from '../lib/read-request.ts';
import { answering, json } from '../lib/responses.ts';

/** `GET` returns a Timeline. */
export default answering('chat-timeline', readHistoryEnv, {
  async GET({ request, env }) {
    parseQuery(request, TimelineQuerySchema);
    return json(await fetchHistory(TimelineSchema, {}, env, { path: READ_PATHS.timeline }));
  },
}) satisfies NetlifyFunction['fetch'];
