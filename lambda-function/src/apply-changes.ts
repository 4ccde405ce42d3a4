import type { Database } from './database/database.ts';
import type { Change } from './decode.ts';

/**
 * The outcome of one message; sql/functions/write-rules.sql defines each, rate-limit.sql `limited`.
 */
export type Outcome =
  | 'written'
  | 'edited'
  | 'deleted'
  | 'duplicate'
  | 'stale'
  | 'foreign'
  | 'gone'
  | 'missing-target'
  | 'limited';

const INSERT = 'select public.chat_insert($1, $2, $3, $4, $5) as outcome';
const APPLY = 'select message, outcome from public.chat_apply($1, $2, $3, $4, $5, $6, $7)';
const APPLY_LIMITED = `select message, outcome
  from public.chat_apply_limited($8, $1, $2, $3, $9, $4, $5, $6, $7)`;

interface Applied {
  message: number;
  outcome: Outcome;
}

/**
 * Applies all changes of an event in one transaction and one round trip.
 * @param perMinute most messages and edits of an author within a minute
 * @returns the outcome of each change, in the order of `changes`
 */
export async function applyChanges(
  database: Database,
  changes: readonly Change[],
  perMinute: number | undefined,
): Promise<Outcome[]> {
  const [first] = changes;
  if (!first) return [];
  if (perMinute === undefined && changes.length === 1 && first.kind === 'insert') {
    const { id, clientId, timestamp, username, content } = first;
    const values = [id, clientId, timestamp, username, content];
    const rows = await database.query<{ outcome: Outcome }>('insert-message', INSERT, values);
    return rows.map(({ outcome }) => outcome);
  }
  const columns = [
    changes.map(({ kind }) => kind),
    changes.map(({ id }) => id),
    changes.map(({ clientId }) => clientId),
    changes.map(({ timestamp }) => timestamp),
    changes.map((change) => (change.kind === 'insert' ? change.username : null)),
    changes.map((change) => (change.kind === 'delete' ? null : change.content)),
    changes.map((change) => (change.kind === 'insert' ? null : change.targetId)),
  ];
  const received = changes.map(({ receivedAt }) => receivedAt);
  const rows =
    perMinute === undefined
      ? await database.query<Applied>('apply-changes', APPLY, columns)
      : await database.query<Applied>('apply-limited', APPLY_LIMITED, [...columns, perMinute, received]);
  return rows.sort((a, b) => a.message - b.message).map(({ outcome }) => outcome);
}
