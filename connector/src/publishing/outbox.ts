import type { Database } from '../database.ts';

/**
 * The outbox queries; sql/functions/drain.sql implements them, because each has to be one round trip.
 * A batch is what goes out in one request. Its composition is on record before it is published, so whoever repeats the
 * publish, this node or the heir of a dead one, repeats it under the same ids.
 */
export interface Outbox {
  /** The next batches of up to `channels` channels, in publishing order within each. */
  claim(wanted: {
    channels: number;
    /** Channels to leave out. */
    busy: readonly string[];
    /** Ids of batches that this node has in memory. */
    claimed: readonly string[];
    /** Channels are taken in the order of their names, beginning after this one. */
    after: string;
  }): Promise<Batch[]>;
  /** The next batches of one channel: unfinished ones that are not `claimed`, else new ones. */
  claimMore(channel: string, claimed: readonly string[]): Promise<Batch[]>;
  /** Removes what Ably has, and sets aside what it refused. */
  settle(batches: readonly Batch[], refusals: readonly Refusal[]): Promise<void>;
  /** What waits, counted up to `limit` rows. */
  backlog(limit: number): Promise<Backlog>;
}

export interface Batch {
  /** Position in the publishing order of the channel, unique in the database. */
  readonly id: string;
  /** Base of the Ably message ids. */
  readonly baseId: string;
  readonly channel: string;
  /** Composed earlier, so that it may have been published already. */
  readonly resumed: boolean;
  /** False when rows have vanished since it was composed: the ids of the others are not theirs any more. */
  readonly intact: boolean;
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
  /** What Ably counts; more than the limit means that `data` was left in the database. */
  readonly bytes: string;
}

/** A message that Ably will never accept. */
export interface Refusal {
  readonly sequenceId: string;
  readonly status: number;
  readonly code: number;
  readonly reason: string;
}

export interface Backlog {
  readonly rows: number;
  readonly setAside: number;
  /** The first row that waits; null when none does. */
  readonly oldest: { readonly sequenceId: string; readonly mutationId: string } | null;
  /** The database's clock, ms since the epoch. */
  readonly now: number;
}

/** Ably takes at most this many messages in one publish. */
const MOST_ROWS = 1_000;

/** Batches of one channel claimed at once, so that the next publish need not wait for the database. */
export const CLAIM_AHEAD = 8;

/** Should Ably's way of counting ever differ a little from ours, full batches must not be refused for it. */
const FILL = 15 / 16;

/** @param mostBytes Ably's limit for one publish */
export function createOutbox(database: Database, node: string, mostBytes: number): Outbox {
  const limits = [CLAIM_AHEAD, MOST_ROWS, Math.floor(mostBytes * FILL), mostBytes];
  return {
    async claim({ channels, busy, claimed, after }) {
      const rows = await database.query<ClaimedRow>(
        'SELECT * FROM public.outbox_claim($1, $2, $3, $4, $5, $6, $7, $8, $9)',
        [node, busy, claimed, after, channels, ...limits],
        'outbox_claim',
      );
      return toBatches(rows);
    },

    async claimMore(channel, claimed) {
      const rows = await database.query<ClaimedRow>(
        'SELECT * FROM public.outbox_claim_channel($1, $2, $3, $4, $5, $6, $7)',
        [node, channel, claimed, ...limits],
        'outbox_claim_channel',
      );
      return toBatches(rows);
    },

    async settle(batches, refusals) {
      await database.query(
        'SELECT public.outbox_settle($1, $2, $3, $4, $5, $6)',
        [
          node,
          batches.map(({ id }) => id),
          refusals.map(({ sequenceId }) => sequenceId),
          refusals.map(({ status }) => status),
          refusals.map(({ code }) => code),
          refusals.map(({ reason }) => reason),
        ],
        'outbox_settle',
      );
    },

    async backlog(limit) {
      const [row] = await database.query<BacklogRow>(
        `SELECT (SELECT count(*)::int FROM (SELECT FROM public.outbox WHERE NOT processed LIMIT $1) AS counted) AS rows,
                (SELECT count(*)::int FROM (SELECT FROM public.outbox_set_aside LIMIT $1) AS counted) AS set_aside,
                extract(epoch FROM clock_timestamp())::float8 * 1000 AS now, oldest.*
           FROM (VALUES (1)) AS one
           LEFT JOIN LATERAL (SELECT sequence_id, mutation_id FROM public.outbox
                               WHERE NOT processed ORDER BY sequence_id LIMIT 1) AS oldest ON true`,
        [limit],
      );
      if (!row) throw new Error('The backlog query answered no row');
      const { rows, set_aside: setAside, now, sequence_id: sequenceId, mutation_id: mutationId } = row;
      const oldest = sequenceId === null || mutationId === null ? null : { sequenceId, mutationId };
      return { rows, setAside, now, oldest };
    },
  };
}

interface ClaimedRow extends OutboxRow {
  readonly channel: string;
  readonly batch_id: string;
  readonly base_id: string;
  /** Null in a batch composed just now. */
  readonly composed_of: number | null;
}

interface BacklogRow {
  readonly rows: number;
  readonly set_aside: number;
  readonly now: number;
  readonly sequence_id: string | null;
  readonly mutation_id: string | null;
}

function toBatches(claimed: readonly ClaimedRow[]): Batch[] {
  return [...Map.groupBy(claimed, (row) => row.batch_id).values()].flatMap((rows) => {
    const [first] = rows;
    if (!first) return [];
    const { batch_id: id, base_id: baseId, channel, composed_of: composedOf } = first;
    const intact = composedOf === null || composedOf === rows.length;
    return [{ id, baseId, channel, resumed: composedOf !== null, intact, rows }];
  });
}
