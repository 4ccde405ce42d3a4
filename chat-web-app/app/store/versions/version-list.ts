import type { ChatRow, MessageVersion } from '@chat/contract';
import { boundText } from '../messages/bound-row';
import { sourceOf } from '../messages/source';

/** Versions, oldest first, and the current one of a row that arrived since. */
export function withCurrent(read: readonly MessageVersion[], row: ChatRow | undefined): MessageVersion[] {
  const versions = read.map((version) => ({ ...version, content: boundText(version.content) }));
  const newest = versions.at(-1);
  return row && (!newest || row.revision > newest.revision) ? [...versions, toVersion(row)] : versions;
}

/** Whether versions between the last one read and the row are missing. */
export function hasGap(read: readonly MessageVersion[], row: ChatRow | undefined): boolean {
  return row !== undefined && row.revision > (read.at(-1)?.revision ?? 0) + 1;
}

function toVersion(row: ChatRow): MessageVersion {
  return {
    revision: row.revision,
    content: row.msg_data,
    at: row.changed_at_timestamp ?? row.edited_at_timestamp ?? row.created_at_timestamp,
    source: sourceOf(row) ?? 'chat',
  };
}
