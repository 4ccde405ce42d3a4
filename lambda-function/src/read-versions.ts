import { MAX_VERSIONS, toJson } from '@chat/contract';
import type { MessageVersion, MessageVersions, VersionsQuery } from '@chat/contract';
import type { Database } from './database/database.ts';

const VERSIONS = `select revision, content, at, source
  from public.chat_message_versions($1, ${MAX_VERSIONS})`;

/**
 * In bytes. Rows that other programs write have no limit, but an answer of Lambda or Netlify has one
 * of 6 MB.
 */
const MAX_BYTES = 3_000_000;

/** Returns the newest versions of a message, oldest first; none when there is no such message. */
export async function readVersions(database: Database, { id }: VersionsQuery): Promise<MessageVersions> {
  const versions = await database.query<MessageVersion>('versions', VERSIONS, [id]);
  const fitting = newestWithin(MAX_BYTES, versions);
  return { versions: fitting, complete: (fitting[0]?.revision ?? 1) === 1 };
}

/** Returns the newest that fit, and at least the current one. */
function newestWithin(bytes: number, versions: readonly MessageVersion[]): MessageVersion[] {
  let size = 0;
  const firstTooLarge = versions.findLastIndex((version, index) => {
    size += Buffer.byteLength(toJson(version));
    return size > bytes && index < versions.length - 1;
  });
  return versions.slice(firstTooLarge + 1);
}
