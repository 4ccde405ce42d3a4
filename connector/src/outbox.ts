import { randomUUID } from 'node:crypto';
import type { Database, Queryable } from './database.ts';
import { UTC_NOW } from './nodes.ts';

/**
 * The outbox queries. A channel's rows are claimed as a batch by one node at a time. Ably drops a repeated publish only
 * when it holds the same messages under the same ids, so a batch's composition is recorded before it is published:
 * all its rows carry the same `locked_by`, `<node>/<batch>`. Whoever finds a batch that a dead node left behind takes
 * it over as it is, and publishes it under the ids that the dead node used.
 */
export interface Outbox {
  /** Channels that have rows to publish, at most a thousand. */
  channelsWithRows(): Promise<string[]>;
  /** The channel's unfinished batch, or a new one. Null when there is none, or when a live node is at work on it. */
  claim(channel: string): Promise<Batch | null>;
  /** Removes what Ably has. */
  settle(batch: Batch): Promise<void>;
  /** Rows waiting, counted up to `limit`. */
  countWaiting(limit: number): Promise<number>;
}

export interface Batch {
  readonly id: string;
  readonly channel: string;
  readonly resumed: boolean;
  /** In publishing order; at least one. */
  readonly rows: readonly OutboxRow[];
}

export interface OutboxRow {
  readonly sequence_id: string;
  readonly mutation_id: string;
  readonly name: string;
  /** JSON text straight from the database: decoding it here would round bigints. */
  readonly data: string | null;
  readonly headers: Readonly<Record<string, unknown>> | null;
}

/** Ably takes 64 KiB in one publish on its smaller plans; the rest is for what we do not count. */
const MAX_BATCH_BYTES = 60 * 1_024;
const MAX_BATCH_ROWS = 100;

/** Keeps our advisory locks apart from other programs' in the same database. */
const LOCK_CLASS = 2_021;

export function createOutbox(database: Database, node: string, lease: number): Outbox {
  return {
    channelsWithRows: () => channelsWithRows(database),

    claim: (channel) =>
      database.transaction(async (transaction) => {
        // Two nodes that composed at once would get neighbouring batches of one channel and publish them in any order.
        await transaction.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [LOCK_CLASS, channel]);
        const unfinished = await findUnfinished(transaction, channel);
        if (unfinished?.alive && unfinished.node !== node) return null;

        const id = unfinished?.batch ?? randomUUID();
        const rows = unfinished
          ? await takeOver(transaction, channel, unfinished.locked_by, `${node}/${id}`, lease)
          : await compose(transaction, channel, `${node}/${id}`, lease);
        return rows.length === 0 ? null : { id, channel, resumed: unfinished !== undefined, rows };
      }),

    settle: (batch) => settle(database, batch, `${node}/${batch.id}`),

    async countWaiting(limit) {
      const [row] = await database.query<{ count: number }>(
        `SELECT count(*)::int AS count
           FROM (SELECT 1 FROM public.outbox WHERE NOT processed LIMIT $1) AS waiting`,
        [limit],
      );
      return row?.count ?? 0;
    },
  };
}

/** Steps from channel to channel through the index: the cost grows with the channels, not with the rows. */
async function channelsWithRows(database: Queryable): Promise<string[]> {
  const rows = await database.query<{ channel: string }>(
    `WITH RECURSIVE waiting (channel) AS (
       (SELECT channel FROM public.outbox WHERE NOT processed ORDER BY channel LIMIT 1)
       UNION ALL
       SELECT (SELECT o.channel FROM public.outbox o
                WHERE NOT o.processed AND o.channel > waiting.channel ORDER BY o.channel LIMIT 1)
         FROM waiting WHERE waiting.channel IS NOT NULL
     )
     SELECT channel FROM waiting WHERE channel IS NOT NULL LIMIT 1000`,
  );
  return rows.map(({ channel }) => channel);
}

interface Unfinished {
  readonly locked_by: string;
  readonly node: string;
  /** Null when something else than this connector put the lock there. */
  readonly batch: string | null;
  readonly alive: boolean;
}

async function findUnfinished(transaction: Queryable, channel: string): Promise<Unfinished | undefined> {
  const [found] = await transaction.query<Unfinished>(
    `SELECT locked_by, split_part(locked_by, '/', 1) AS node, nullif(split_part(locked_by, '/', 2), '') AS batch,
            EXISTS (SELECT FROM public.nodes
                     WHERE id = split_part(locked_by, '/', 1) AND expiry > ${UTC_NOW}) AS alive
       FROM public.outbox
      WHERE channel = $1 AND NOT processed AND locked_by IS NOT NULL
      ORDER BY sequence_id LIMIT 1`,
    [channel],
  );
  return found;
}

async function takeOver(
  transaction: Queryable,
  channel: string,
  from: string,
  to: string,
  lease: number,
): Promise<OutboxRow[]> {
  return transaction.query<OutboxRow>(
    `WITH claimed AS (
       UPDATE public.outbox SET locked_by = $3, lock_expiry = ${UTC_NOW} + $4 * interval '1 millisecond'
        WHERE channel = $1 AND NOT processed AND locked_by = $2
       RETURNING sequence_id, mutation_id, name, data::text, headers
     )
     SELECT * FROM claimed ORDER BY sequence_id`,
    [channel, from, to, lease],
  );
}

/** As many rows as fit into one publish. A row that is too large by itself goes alone: let Ably say so. */
async function compose(
  transaction: Queryable,
  channel: string,
  to: string,
  lease: number,
): Promise<OutboxRow[]> {
  return transaction.query<OutboxRow>(
    `WITH first AS (
       SELECT sequence_id,
              octet_length(name) + coalesce(octet_length(data::text), 0)
                + coalesce(octet_length(headers::text), 0) AS bytes
         FROM public.outbox
        WHERE channel = $1 AND NOT processed ORDER BY sequence_id LIMIT $4
     ), measured AS (
       SELECT sequence_id, row_number() OVER so_far AS place, sum(bytes) OVER so_far AS total
         FROM first WINDOW so_far AS (ORDER BY sequence_id)
     ), claimed AS (
       UPDATE public.outbox o SET locked_by = $2, lock_expiry = ${UTC_NOW} + $3 * interval '1 millisecond'
         FROM measured m
        WHERE o.sequence_id = m.sequence_id AND (m.place = 1 OR m.total <= $5)
       RETURNING o.sequence_id, o.mutation_id, o.name, o.data::text, o.headers
     )
     SELECT * FROM claimed ORDER BY sequence_id`,
    [channel, to, lease, MAX_BATCH_ROWS, MAX_BATCH_BYTES],
  );
}

/**
 * LiveSync's readers compare with MAX(sequence_id), so the newest row of the table stays, marked as processed, until a
 * newer one takes that place.
 */
async function settle(database: Queryable, { rows }: Batch, lockedBy: string): Promise<void> {
  await database.query(
    `WITH newest AS (SELECT max(sequence_id) AS id FROM public.outbox),
          kept AS (
            UPDATE public.outbox SET processed = true, locked_by = NULL, lock_expiry = NULL
             WHERE sequence_id = (SELECT id FROM newest) AND sequence_id = ANY ($1::bigint[]) AND locked_by = $2
          ),
          swept AS (
            DELETE FROM public.outbox WHERE processed AND sequence_id < (SELECT id FROM newest)
          )
     DELETE FROM public.outbox
      WHERE sequence_id = ANY ($1::bigint[]) AND locked_by = $2 AND sequence_id < (SELECT id FROM newest)`,
    [rows.map((row) => row.sequence_id), lockedBy],
  );
}
