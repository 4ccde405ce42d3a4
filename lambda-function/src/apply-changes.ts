import type { Database } from './database/database.ts';
import type { Change } from './decode.ts';

/** The outcome of one message; the write rules in sql/functions/write-rules.sql define each. */
export type Outcome =
  'written' | 'edited' | 'deleted' | 'duplicate' | 'stale' | 'foreign' | 'gone' | 'missing-target';

const INSERT = 'select public.chat_insert($1, $2, $3, $4, $5) as outcome';
const APPLY = 'select message, outcome from public.chat_apply($1, $2, $3, $4, $5, $6, $7)';

/**
 * Applies all changes of an event in one transaction and one round trip.
 * @returns the outcome of each change, in the order of `changes`
 */
export async function applyChanges(database: Database, changes: readonly Change[]): Promise<Outcome[]> {
  const [first] = changes;
  if (!first) return [];
  if (changes.length === 1 && first.kind === 'insert') {
    const { id, clientId, timestamp, username, content } = first;
    const values = [id, clientId, timestamp, username, content];
    const rows = await database.query<{ outcome: Outcome }>('insert-message', INSERT, values);
    return rows.map(({ outcome }) => outcome);
  }
  const rows = await database.query<{ message: number; outcome: Outcome }>('apply-changes', APPLY, [
    changes.map(({ kind }) => kind),
    changes.map(({ id }) => id),
    changes.map(({ clientId }) => clientId),
    changes.map(({ timestamp }) => timestamp),
    changes.map((change) => (change.kind === 'insert' ? change.username : null)),
    changes.map((change) => (change.kind === 'delete' ? null : change.content)),
    changes.map((change) => (change.kind === 'insert' ? null : change.targetId)),
  ]);
  return rows.sort((a, b) => a.message - b.message).map(({ outcome }) => outcome);
}
