/** A pending row of the outbox, as far as the order depends on it. */
export interface PendingRow {
  readonly sequenceId: number;
  /** The (sub)transaction that inserted it. */
  readonly transaction: string;
  /** A hash of table and primary key; null when the row's identity is unknown. */
  readonly key: number | null;
}

/**
 * Decides which changes may overtake others of their channel: those of a small transaction, if none
 * of its rows has an earlier pending change by another transaction. So the changes of a row stay in
 * their order. Equal hashes of different rows only keep a change from overtaking.
 */
export interface PendingChanges {
  /**
   * Adds the rows that a survey has seen, in the order of sequence_id.
   * @returns how many were known
   */
  add(rows: readonly PendingRow[]): number;
  /** Everything before is claimed. */
  advance(first: number): void;
  /** Returns rows that may overtake, in the order of sequence_id: whole transactions, up to `most`. */
  choose(most: number): number[];
  /** Removes rows that were claimed ahead of their turn. */
  claimed(sequenceIds: readonly number[]): void;
  /** Pending rows of which the identity is stored. */
  readonly size: number;
}

/** A transaction with more rows in the channel waits for its turn. */
const SMALL = 32;

export function createPendingChanges(): PendingChanges {
  let first = 0;
  let size = 0;
  /** The pending changes of each row, in their order. */
  const byKey = new Map<number, number[]>();
  const small = new Map<string, PendingRow[]>();
  /** Transactions that wait for their turn: a later survey may see only their last rows. */
  const large = new Set<string>();

  function addToKey({ key, sequenceId }: PendingRow): void {
    if (key === null) return;
    const changes = byKey.get(key);
    if (!changes) byKey.set(key, [sequenceId]);
    else if (changes.includes(sequenceId)) return;
    else changes.push(sequenceId);
    size += 1;
  }

  function mayOvertake(rows: readonly PendingRow[]): boolean {
    const own = new Set(rows.map(({ sequenceId }) => sequenceId));
    return rows.every(({ key, sequenceId }) => {
      if (key === null) return false;
      const earlier = byKey.get(key)?.filter((other) => other >= first && other < sequenceId) ?? [];
      return earlier.every((other) => own.has(other));
    });
  }

  return {
    add(rows) {
      let known = 0;
      for (const [transaction, own] of Map.groupBy(rows, (row) => row.transaction)) {
        own.forEach(addToKey);
        if (small.has(transaction) || large.has(transaction)) {
          known += own.length;
          continue;
        }
        if (own.length > SMALL) large.add(transaction);
        else small.set(transaction, own);
      }
      return known;
    },
    advance(to) {
      first = to;
      for (const [transaction, rows] of small) {
        if (rows.every(({ sequenceId }) => sequenceId < first)) small.delete(transaction);
      }
    },
    choose(most) {
      const chosen: number[] = [];
      for (const rows of small.values()) {
        if (chosen.length > 0 && chosen.length + rows.length > most) break;
        // In part before: its turn has come.
        const isAhead = rows.every(({ sequenceId }) => sequenceId >= first);
        if (isAhead && mayOvertake(rows)) chosen.push(...rows.map(({ sequenceId }) => sequenceId));
      }
      return chosen.sort((one, other) => one - other);
    },
    claimed(sequenceIds) {
      const gone = new Set(sequenceIds);
      for (const [transaction, rows] of small) {
        const left = rows.filter(({ sequenceId }) => !gone.has(sequenceId));
        if (left.length === rows.length) continue;
        for (const { key, sequenceId } of rows) {
          if (key === null || !gone.has(sequenceId)) continue;
          const changes = byKey.get(key)?.filter((other) => other !== sequenceId) ?? [];
          if (changes.length > 0) byKey.set(key, changes);
          else byKey.delete(key);
          size -= 1;
        }
        if (left.length > 0) small.set(transaction, left);
        else small.delete(transaction);
      }
    },
    get size() {
      return size;
    },
  };
}
