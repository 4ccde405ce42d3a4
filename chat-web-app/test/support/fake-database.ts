import type { ChatChanges, ChatRow, HistoryPage, Int8, RowChange } from '@chat/contract';
import type { HistoryRequest } from '~/api/history';
import { comparePositions } from '~/store/messages/position';
import { aDelete, anInsert, anUpdate, aRow } from './a-row';

/** Changes in one answer: few, so that a short test exceeds them. */
const MAX_CHANGES = 6;

/**
 * Models the database as the page sees it: rows, the row changes in the order of their commits,
 * history pages, and the feed of changes, whose cursors are positions in that order.
 */
export function fakeDatabase() {
  const rows = new Map<string, ChatRow>();
  const committed: RowChange[] = [];
  let lastRecord = 0;

  const sorted = () => [...rows.values()].sort(comparePositions);
  const nth = (index: number) => sorted()[index % rows.size];

  return {
    sorted,
    committed,
    /** @param createdAt ms, or another unit: a program may write any time */
    insert(createdAt?: Int8): void {
      lastRecord += 1;
      const time = createdAt === undefined ? {} : { created_at_timestamp: createdAt };
      const row = aRow(lastRecord, time);
      rows.set(row.msg_id, row);
      committed.push(anInsert(row));
    },
    update(index: number, changed: Partial<ChatRow> = {}): void {
      const row = nth(index);
      if (!row) return;
      const revision = row.revision + 1;
      const next = { ...row, msg_data: `revision ${revision}`, revision, ...changed };
      rows.set(row.msg_id, next);
      committed.push(anUpdate(next));
    },
    remove(index: number): void {
      const row = nth(index);
      if (!row) return;
      rows.delete(row.msg_id);
      committed.push(aDelete(row));
    },
    /** Answers at once, as the database does within one statement. */
    history({ limit, before }: HistoryRequest): HistoryPage {
      const newestFirst = sorted().reverse();
      const [createdAt = 0n, recordId = 0n] = (before ?? '0,0').split(',').map(BigInt);
      const isOlder = ({ created_at_timestamp: time, incremental_record_id: record }: ChatRow) =>
        before === undefined || time < createdAt || (time == createdAt && record < recordId);
      const older = newestFirst.filter(isOlder);
      const page = older.slice(0, limit);
      const last = page.at(-1);
      const next =
        last && older.length > limit ? `${last.created_at_timestamp},${last.incremental_record_id}` : null;
      return { rows: page, next, ...(before === undefined && { cursor: String(committed.length) }) };
    },
    changes(since: string): ChatChanges {
      const ids = new Set(committed.slice(Number(since)).map(({ row }) => row.msg_id));
      if (ids.size > MAX_CHANGES) return { changes: [], cursor: String(committed.length), complete: false };
      const changes = [...ids].map((id) => {
        const row = rows.get(id);
        return row ? { kind: 'edit' as const, msg_id: id, row } : { kind: 'delete' as const, msg_id: id };
      });
      return { changes, cursor: String(committed.length), complete: true };
    },
  };
}
