import type { ChatChange, ChatRow } from '@chat/contract';
import { boundRow } from '../messages/bound-row';
import type { RowOrTombstone } from '../messages/merge';
import { comparePositions } from '../messages/position';
import type { Position } from '../messages/position';
import { isRow } from '../messages/timeline';

/** What happened to a message while the reader was away. */
export interface AwayChange {
  kind: 'new' | 'edited' | 'deleted';
  msgId: string;
  /** Null when the author is not known any more. */
  author: string | null;
}

/** What the reader had when they went away. */
export interface LastSeen {
  /** The newest message. */
  newest: Position;
  /** ms since the epoch */
  at: number;
}

/** Whether a change is worth a mention: not what this person did, but what SQL did to their message. */
function isOfOthers(row: ChatRow, clientId: string | null): boolean {
  return row.client_id !== clientId || row.source === 'database';
}

/**
 * Compares what a tab held when its reader went away with what it holds now. In display order.
 * @param before a copy of `Timeline.byId`
 * @param wasDisplayed whether the reader could see a message that was deleted meanwhile
 */
export function changesBetween(
  before: ReadonlyMap<string, RowOrTombstone>,
  now: ReadonlyMap<string, RowOrTombstone>,
  { newest, clientId }: { newest: Position; clientId: string | null },
): AwayChange[] {
  const found: { change: AwayChange; position: Position }[] = [];
  for (const [msgId, held] of now) {
    const old = before.get(msgId);
    if (held === old) continue;
    if (!isRow(held)) {
      if (isRow(old) && old.client_id !== clientId)
        found.push({ change: { kind: 'deleted', msgId, author: old.username }, position: old });
      continue;
    }
    const kind = isRow(old) || comparePositions(held, newest) <= 0 ? 'edited' : 'new';
    const isChange = kind === 'new' || held.revision > (isRow(old) ? old.revision : 1);
    if (isChange && isOfOthers(held, clientId))
      found.push({ change: { kind, msgId, author: held.username }, position: held });
  }
  return found.sort((a, b) => comparePositions(a.position, b.position)).map(({ change }) => change);
}

/**
 * Picks from the feed of changes what a reader who returns to the chat has not seen. Deletions come
 * first: where their messages stood is not known.
 * @param deleted ids that the reader knew to be deleted
 */
export function unseenOf(
  changes: readonly ChatChange[],
  { newest, at, deleted, clientId }: LastSeen & { deleted: ReadonlySet<string>; clientId: string | null },
): AwayChange[] {
  const gone = changes.flatMap(({ kind, msg_id: msgId }): AwayChange[] =>
    kind === 'delete' && !deleted.has(msgId) ? [{ kind: 'deleted', msgId, author: null }] : [],
  );
  const rows = changes.flatMap((change) => (change.kind === 'delete' ? [] : [boundRow(change.row)]));
  const others = rows.filter((row) => isOfOthers(row, clientId)).sort(comparePositions);
  const kept = others.flatMap((row): AwayChange[] => {
    const { msg_id: msgId, username: author } = row;
    if (comparePositions(row, newest) > 0) return [{ kind: 'new', msgId, author }];
    const changedAt = Number(row.changed_at_timestamp ?? row.edited_at_timestamp ?? 0);
    return row.revision > 1 && changedAt > at ? [{ kind: 'edited', msgId, author }] : [];
  });
  return [...gone, ...kept];
}
