import { ChangesQuerySchema } from '@chat/contract';
import type { NetlifyFunction } from '@netlify/functions';
import { readHistoryEnv } from '../lib/env.ts';
import { fetchChanges } from '../lib/fetch-history.ts';
import { parseQuery } from '../lib/read-request.ts';
import { answering, json } from '../lib/responses.ts';

/** `GET ?since=<cursor>` returns ChatChanges, through the Lambda that serves chat-history. */
export default answering('chat-changes', readHistoryEnv, {
  async GET({ request, env }) {
    const query = parseQuery(request, ChangesQuerySchema);
    return json(await fetchChanges(query, env));
  },
}) satisfies NetlifyFunction['fetch'];
