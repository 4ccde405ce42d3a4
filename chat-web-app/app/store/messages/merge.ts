import type { ChatRow, RowChange } from '@chat/contract';

/** The newest version of a message that this tab received. A tombstone stays until a reload. */
export type RowOrTombstone = ChatRow | 'deleted';

/**
 * Merges an update into what was received before. The greater `revision` wins and a deletion wins
 * over all, so neither order nor repetition matters and all tabs converge to the same list.
 */
export function merge(current: RowOrTombstone | undefined, update: RowOrTombstone): RowOrTombstone {
  if (current === undefined) return update;
  if (current === 'deleted' || update === 'deleted') return 'deleted';
  return update.revision > current.revision ? update : current;
}

export function toRowOrTombstone(change: RowChange): RowOrTombstone {
  return change.type === 'DELETE' ? 'deleted' : change.row;
}
