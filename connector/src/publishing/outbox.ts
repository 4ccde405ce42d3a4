import type { Database } from '../database.ts';
import { createOvertaking, type Overtaking } from '../overtaking/overtaking.ts';
import { measureBreakdown, type Breakdown } from './breakdown.ts';
import { findHeads, type Head } from './heads.ts';
import type { Rejection } from './rejection.ts';
import { setAsideUnreadable } from './unreadable.ts';

/**
 * The outbox queries. sql/functions/drain.sql implements claim and settle, because each has to be
 * one round trip. A batch is what one request publishes. The database records its composition
 * first, so that a retry, by this node or by the one that takes over, uses the same ids.
 */
export interface Outbox {
  /** Returns the next batches of up to `channels` channels, in publishing order within each. */
  claim(wanted: {
    channels: number;
    /** Channels to leave out. */
    busy: readonly string[];
    /** Ids of batches that this node has in memory. */
    claimed: readonly string[];
    /** Channels are claimed in the order of their names, beginning after this one. */
    after: string;
  }): Promise<Batch[]>;
  /**
   * Returns the next batches of one channel: unfinished ones except those `claimed`, else new ones.
   */
  claimMore(channel: string, claimed: readonly string[], size?: ClaimSize): Promise<Batch[]>;
  /** Lets small transactions of the channel overtake large ones. */
  overtaking(channel: string, onFailure: (error: Error) => void): Overtaking;
  /** Makes the rows of batches pending again that Ably has not accepted for certain. */
  release(batches: readonly Batch[]): Promise<void>;
  /** Removes published rows from the outbox, and sets rejected ones aside. */
  settle(batches: readonly Batch[], rejections: readonly Rejection[]): Promise<void>;
  /** Returns the first pending row of up to `limit` channels, by name. */
  heads(limit: number): Promise<Head[]>;
  /**
   * Sets aside the first row of the channel that makes every claim fail; null without such a row.
   */
  setAsideUnreadable(channel: string): Promise<Rejection | null>;
  /** Counts what is pending for these channels, and what is set aside. */
  breakdown(channels: readonly string[]): Promise<Breakdown>;
  /** Counts the pending rows, up to `limit`. */
  backlog(limit: number): Promise<Backlog>;
}

/** The most that a claim takes, where that is less than usual. */
export interface ClaimSize {
  readonly batches: number;
  /** In each batch of several rows. */
  readonly rows: number;
  readonly bytes: number;
}

export interface Batch {
  /** Position in the publishing order of the channel, unique in the database. */
  readonly id: string;
  /** Base of the Ably message ids. */
  readonly baseId: string;
  readonly channel: string;
  /** True when it was composed earlier, and so may have been published before. */
  readonly resumed: boolean;
  /**
   * False when rows have disappeared since it was composed, so that the indexes of others have
   * moved.
   */
  readonly intact: boolean;
  /** In publishing order; at least one. */
  readonly rows: readonly OutboxRow[];
}

export interface OutboxRow {
  readonly sequence_id: string;
  readonly mutation_id: string;
  readonly name: string;
  /**
   * The database's JSON text: decoding it here would round bigints. Without `bytes`, the reason.
   */
  readonly data: string | null;
  readonly headers: Readonly<Record<string, unknown>> | null;
  /**
   * Size as Ably counts it; null for a change that could not be captured. The data of a row over the
   * limit stays in the database.
   */
  readonly bytes: string | null;
}

export interface Backlog {
  readonly rows: number;
  readonly setAside: number;
  /** The first pending row, or null. */
  readonly oldest: { readonly sequenceId: string; readonly mutationId: string } | null;
  /** The database's clock, ms since the epoch. */
  readonly now: number;
}

/** Ably's limit of messages in one publish. */
const MOST_ROWS = 1_000;

/**
 * Batches of one channel claimed at once, so that the next publish need not wait for the database.
 */
export const CLAIM_AHEAD = 8;

/** Share of Ably's limit that a batch fills: a margin, should Ably count a little differently. */
const FILL = 15 / 16;

/** @param mostBytes Ably's limit for one publish */
export function createOutbox(database: Database, node: string, mostBytes: number): Outbox {
  const fillBytes = Math.floor(mostBytes * FILL);
  const limits = [CLAIM_AHEAD, MOST_ROWS, fillBytes, mostBytes];
  return {
    async claim({ channels, busy, claimed, after }) {
      const rows = await database.query<ClaimedRow>(
        'select * from public.outbox_claim($1, $2, $3, $4, $5, $6, $7, $8, $9)',
        [node, busy, claimed, after, channels, ...limits],
        'outbox_claim',
      );
      return toBatches(rows);
    },

    async claimMore(channel, claimed, size) {
      const [batches, most, fill] = size
        ? [size.batches, Math.min(MOST_ROWS, size.rows), Math.min(fillBytes, size.bytes)]
        : limits;
      const rows = await database.query<ClaimedRow>(
        'select * from public.outbox_claim_channel($1, $2, $3, $4, $5, $6, $7)',
        [node, channel, claimed, batches, most, fill, mostBytes],
        'outbox_claim_channel',
      );
      return toBatches(rows);
    },

    overtaking: (channel, onFailure) => createOvertaking(database, node, channel, onFailure),

    async release(batches) {
      await database.query(
        'delete from public.outbox_batches where batch_id = any ($1::bigint[]) and node = $2',
        [batches.map(({ id }) => id), node],
      );
    },

    async settle(batches, rejections) {
      await database.query(
        'select public.outbox_settle($1, $2, $3, $4, $5, $6)',
        [
          node,
          batches.map(({ id }) => id),
          rejections.map(({ sequenceId }) => sequenceId),
          rejections.map(({ status }) => status),
          rejections.map(({ code }) => code),
          rejections.map(({ reason }) => reason),
        ],
        'outbox_settle',
      );
    },

    heads: (limit) => findHeads(database, limit),

    setAsideUnreadable: (channel) => setAsideUnreadable(database, node, channel, mostBytes),

    breakdown: (channels) => measureBreakdown(database, channels),

    async backlog(limit) {
      const [row] = await database.query<BacklogRow>(
        `select
           (select count(*)::int from
             (select from public.outbox
              where not processed and sequence_id > (select row_floor from public.outbox_floor())
              limit $1) as counted) as rows,
           (select count(*)::int from
             (select from public.outbox_set_aside limit $1) as counted) as set_aside,
           extract(epoch from clock_timestamp())::float8 * 1000 as now,
           oldest.*
         from (values (1)) as one
         left join lateral (
           select sequence_id, mutation_id from public.outbox
           where not processed and sequence_id > (select row_floor from public.outbox_floor())
           order by sequence_id limit 1
         ) as oldest on true`,
        [limit],
      );
      if (!row) throw new Error('The backlog query returned no row');
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
  /** Null for a new batch. */
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
