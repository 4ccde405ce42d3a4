import { MessageVersionsSchema, READ_PATHS, VersionsQuerySchema } from '@chat/contract';
import type { NetlifyFunction } from '@netlify/functions';
import { readHistoryEnv } from '../lib/env.ts';
import { NotFound } from '../lib/errors.ts';
import { fetchHistory } from '../lib/fetch-history.ts';
import { parseQuery } from '../lib/read-request.ts';
import { answering, json } from '../lib/responses.ts';

/** `GET ?id=<msg_id>` returns MessageVersions, 404 when there is no such message. */
export default answering('message-versions', readHistoryEnv, {
  async GET({ request, env }) {
    const { id } = parseQuery(request, VersionsQuerySchema);
    const found = await fetchHistory(MessageVersionsSchema, { id }, env, { path: READ_PATHS.versions });
    if (found.versions.length === 0) throw new NotFound('There is no such message.');
    return json(found);
  },
}) satisfies NetlifyFunction['fetch'];
