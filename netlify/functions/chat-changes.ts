import { ChangesQuerySchema, ChatChangesSchema, formatChangesCursor, READ_PATHS } from '@chat/contract';
import type { NetlifyFunction } from '@netlify/functions';
import { readHistoryEnv } from '../lib/env.ts';
import { fetchHistory } from '../lib/fetch-history.ts';
import { parseQuery } from '../lib/read-request.ts';
import { answering, json } from '../lib/responses.ts';

/** `GET ?since=<cursor>` returns ChatChanges, through the Lambda that serves chat-history. */
export default answering('chat-changes', readHistoryEnv, {
  async GET({ request, env }) {
    const { since } = parseQuery(request, ChangesQuerySchema);
    const parameters = { since: since && formatChangesCursor(since) };
    return json(await fetchHistory(ChatChangesSchema, parameters, env, { path: READ_PATHS.changes }));
  },
}) satisfies NetlifyFunction['fetch'];
