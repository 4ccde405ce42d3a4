import type { ChatRow, RowChange } from '@chat/contract';

/** What is known of one message: its newest row, or that it was deleted, which is remembered for the session. */
export type Known = ChatRow | 'deleted';

/**
 * What is known after one more piece of news. Taking the greater of `revision`, with deletion as the greatest of all,
 * does not depend on the order of the news nor on repeats, and that makes every tab show the same list.
 */
export function merge(known: Known | undefined, news: Known): Known {
  if (known === undefined) return news;
  if (known === 'deleted' || news === 'deleted') return 'deleted';
  return news.revision > known.revision ? news : known;
}

/** What decides where a message stands. */
export type Place = Pick<ChatRow, 'created_at_timestamp' | 'incremental_record_id' | 'msg_id'>;

export function newsOf(change: RowChange): Known {
  return change.type === 'DELETE' ? 'deleted' : change.row;
}

/** Display order: when it was published, then the order of arrival in the database. Negative when `a` comes first. */
export function compareRows(a: Place, b: Place): number {
  return (
    a.created_at_timestamp - b.created_at_timestamp ||
    a.incremental_record_id - b.incremental_record_id ||
    // Only rows of different tables could come this far; still no two messages may share a place.
    (a.msg_id < b.msg_id ? -1 : Number(a.msg_id > b.msg_id))
  );
}
