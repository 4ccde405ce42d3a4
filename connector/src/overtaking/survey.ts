import type { Database, Queryable } from '../database.ts';
import type { PendingRow } from './pending-changes.ts';

/** How far surveys have come in the outbox. */
export interface Place {
  /** All rows up to this one have been seen that there will ever be. */
  readonly mark: number;
  /** Becomes the mark; null after that. */
  readonly next: NextMark | null;
  /** The primary keys of the captured tables, as JSON. */
  readonly keys: string;
}

/**
 * A row after which a transaction id was drawn. A transaction has an id before it draws the number of
 * a row. So once no transaction before this id is running, all rows up to this one are visible.
 */
interface NextMark {
  readonly sequenceId: number;
  readonly transactionId: string;
}

export const START: Place = { mark: 0, next: null, keys: '' };

/** Rows read at once. */
const CHUNK = 10_000;

/** The pending rows of a channel after a place, without those in this node's batches. */
export interface Survey {
  readonly place: Place;
  /** The first pending row; null without one. */
  readonly first: number | null;
  readonly rows: readonly PendingRow[];
  /** False when what was seen before no longer holds: the primary key of a table has changed. */
  readonly continues: boolean;
}

/**
 * Reads what is pending, in one snapshot.
 * @param most rows; null when there are more
 */
export async function surveyChannel(
  database: Database,
  node: string,
  channel: string,
  from: Place,
  most: number,
): Promise<Survey | null> {
  // Apart, as it may move the floor, for which a repeatable read could be too late.
  const [floor] = await database.query<{ row: string; last: number }>(
    `select row_floor as row, (select coalesce(max(sequence_id), 0)::float8 from public.outbox) as last
     from public.outbox_floor()`,
  );
  if (!floor) throw new Error('The floor of the outbox is missing');
  const scope = [channel, node, floor.row];
  const next = from.next ?? {
    sequenceId: floor.last,
    transactionId: await drawTransactionId(database),
  };
  return database.transaction(async (transaction) => {
    // One snapshot: a row that may overtake is seen together with all earlier changes of its row.
    // enable_…: a session that planned for a small outbox would read and sort all of a large one.
    await transaction.query(
      `set transaction isolation level repeatable read; set local enable_seqscan = off;
       set local enable_sort = off`,
    );
    const [now] = await transaction.query<{ passed: boolean; keys: string; first: number | null }>(
      `select pg_snapshot_xmin(pg_current_snapshot()) >= $4::xid8 as passed,
         (${KEYS})::text as keys,
         (select o.sequence_id::float8 from public.outbox as o
          where ${PENDING} order by o.sequence_id limit 1) as first`,
      [...scope, next.transactionId],
    );
    if (!now) throw new Error('The survey of the outbox returned no row');
    const continues = from.keys === now.keys || from === START;
    const rows = await readRows(transaction, scope, { keys: now.keys, after: from.mark, most });
    if (!rows) return null;
    const { keys } = now;
    const place = now.passed ? { mark: next.sequenceId, next: null, keys } : { mark: from.mark, next, keys };
    return { place, first: now.first, rows, continues };
  });
}

/** $1 to $3: channel, node and the floor below which no row is pending. */
const PENDING = `o.channel = $1 and not o.processed and o.sequence_id > $3::bigint
  and o.sequence_id not in (
    select unnest(b.sequence_ids) from public.outbox_batches as b where b.channel = $1 and b.node = $2)`;

/**
 * The primary key of each captured table, by the name in its messages. Only types of which equal
 * values look equal in JSON, whatever the settings of the writer's session.
 */
const KEYS = `select coalesce(jsonb_object_agg(name, columns order by name), '{}')
  from (
    select name, min(columns) as columns
    from (
      select convert_from(substr(t.tgargs, 1, position('\\x00'::bytea in t.tgargs) - 1), 'UTF8') as name,
        public.outbox_key_columns(t.tgrelid) as columns,
        not exists (
          select from pg_index as i
          join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
          left join pg_collation as c on c.oid = a.attcollation
          where i.indrelid = t.tgrelid and i.indisprimary and not (
            a.atttypid = any (array['int2', 'int4', 'int8', 'uuid', 'text', 'varchar']::regtype[])
            and coalesce(c.collisdeterministic, true))
        ) as is_plain
      from pg_trigger as t where t.tgname like 'outbox\\_capture\\_%'
    ) as captured
    group by name
    having bool_and(is_plain) and min(columns) = max(columns) and min(columns) <> '{}'
  ) as keyed`;

interface Wanted {
  readonly keys: string;
  readonly after: number;
  readonly most: number;
}

async function readRows(
  transaction: Queryable,
  scope: readonly unknown[],
  { keys, after, most }: Wanted,
): Promise<PendingRow[] | null> {
  const rows: PendingRow[] = [];
  for (let from = after; ; from = rows.at(-1)?.sequenceId ?? from) {
    const chunk = await transaction.query<{ id: number; transaction: string; key: number | null }>(
      // 53 bits of the hash: exact as a number of JavaScript.
      `select o.sequence_id::float8 as id, o.xmin::text as transaction, case
         when $4::jsonb ? (o.data ->> 'table') then (hashtextextended(
           array_append(array(
             select coalesce(o.data -> 'key', o.data -> 'row') ->> of_key
             from jsonb_array_elements_text($4::jsonb -> (o.data ->> 'table')) as of_key
           ), o.data ->> 'table')::text, 0
         ) & 9007199254740991)::float8
       end as key
       from public.outbox as o
       where ${PENDING} and o.sequence_id > $5 order by o.sequence_id limit ${CHUNK}`,
      [...scope, keys, from],
      'outbox_survey',
    );
    rows.push(...chunk.map(({ id, transaction: of, key }) => ({ sequenceId: id, transaction: of, key })));
    if (rows.length > most) return null;
    if (chunk.length < CHUNK) return rows;
  }
}

async function drawTransactionId(database: Queryable): Promise<string> {
  const [row] = await database.query<{ id: string }>('select pg_current_xact_id()::text as id');
  if (!row) throw new Error('The database drew no transaction id');
  return row.id;
}
