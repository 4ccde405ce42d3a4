import type { PastRow } from '@chat/contract';
import { boundRow } from '../messages/bound-row';
import { toShown } from '../messages/shown-list';
import type { ShownList, ShownMessage } from '../messages/shown-list';

/** A message as it was. Of one that was deleted since, only its time is known. */
export interface PastMessage extends ShownMessage {
  isDeleted: boolean;
}

export interface PastList extends ShownList {
  at(index: number): PastMessage | undefined;
}

/**
 * @param rows in display order
 * @param isDeleted whether a deletion arrived since the rows were read
 */
export function createPastList(
  rows: readonly PastRow[],
  clientId: string | null,
  isDeleted: (msgId: string) => boolean,
): PastList {
  const indexes = new Map(rows.map(({ msg_id }, index) => [msg_id, index]));
  return {
    count: rows.length,
    at(index) {
      const row = rows[index];
      return row && toPast(row, clientId, row.is_deleted || isDeleted(row.msg_id));
    },
    idAt: (index) => rows[index]?.msg_id,
    indexOf: (id) => indexes.get(id) ?? -1,
  };
}

function toPast(row: PastRow, clientId: string | null, isDeleted: boolean): PastMessage {
  const shown = toShown(boundRow(row), clientId);
  if (!isDeleted) return { ...shown, isDeleted };
  return {
    ...shown,
    author: null,
    authorId: null,
    text: '',
    mine: false,
    edited: false,
    outside: null,
    isDeleted,
  };
}
