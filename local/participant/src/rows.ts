import type { ChatRow, RowChange } from '@chat/contract';

/** The rows that a participant knows, merged by revision. */
export interface Rows {
  readonly byId: ReadonlyMap<string, ChatRow>;
  isDeleted(msgId: string): boolean;
  apply(change: Pick<RowChange, 'type' | 'row'>): void;
  /** Called after each applied change; the returned function ends that. */
  onChange(listener: () => void): () => void;
}

export function createRows(): Rows {
  const byId = new Map<string, ChatRow>();
  const deleted = new Set<string>();
  const listeners = new Set<() => void>();
  return {
    byId,
    isDeleted: (msgId) => deleted.has(msgId),
    apply({ type, row }) {
      if (type === 'DELETE') {
        deleted.add(row.msg_id);
        byId.delete(row.msg_id);
      } else if (!deleted.has(row.msg_id) && row.revision > (byId.get(row.msg_id)?.revision ?? 0)) {
        byId.set(row.msg_id, row);
      }
      for (const listener of listeners) listener();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
