import { isTransient, type Database } from '../database.ts';
import { toError } from '../errors.ts';
import type { Rejection } from './rejection.ts';

/** Rows examined at once. A claim reads a channel in this order, so it fails at one of the first. */
const MOST_EXAMINED = 1_000;

/** Ably's code for a bad request: no request of ours can contain the row. */
const BAD_REQUEST = 40_000;

/**
 * Finds the first pending row of a channel that the database cannot convert for a claim, for
 * instance because its text is too long or a page is damaged, and moves it to outbox_set_aside.
 * Null when it can read all of them: then the claim failed for another reason.
 * @param mostBytes a larger row is claimed without its data
 */
export async function setAsideUnreadable(
  database: Database,
  node: string,
  channel: string,
  mostBytes: number,
): Promise<Rejection | null> {
  const rows = await database.query<{ id: string }>(
    `select sequence_id as id from public.outbox
     where channel = $1 and not processed order by sequence_id limit $2`,
    [channel, MOST_EXAMINED],
  );
  const ids = rows.map(({ id }) => id);
  const found = await findUnreadable(ids);
  if (!found) return null;
  const reason = `The database cannot read the row: ${found.error.message}`;
  const rejection = { sequenceId: found.id, status: 0, code: BAD_REQUEST, reason };
  try {
    await setAside(database, node, channel, rejection, 'with data');
  } catch (error) {
    if (isTransient(error)) throw error;
    await setAside(database, node, channel, rejection, 'without data');
  }
  return rejection;

  /** Halves the rows until one remains. */
  async function findUnreadable(some: readonly string[]): Promise<{ id: string; error: Error } | null> {
    const error = await whyUnreadable(database, some, mostBytes);
    const [id] = some;
    if (!error || id === undefined) return null;
    if (some.length === 1) return { id, error };
    const middle = some.length >> 1;
    return (await findUnreadable(some.slice(0, middle))) ?? findUnreadable(some.slice(middle));
  }
}

/** Converts the rows as a claim does, but leaves the result in the database. */
async function whyUnreadable(
  database: Database,
  ids: readonly string[],
  mostBytes: number,
): Promise<Error | null> {
  try {
    await database.query(
      `select sum(size.bytes), max(octet_length(convert_to(o.name, 'UTF8'))),
         max(octet_length(convert_to(o.headers::text, 'UTF8'))),
         max(octet_length(convert_to(case when size.bytes <= $2 then o.data::text end, 'UTF8')))
       from public.outbox as o
       cross join lateral public.outbox_message_bytes(o.name, o.data::text, o.headers) as size (bytes)
       where o.sequence_id = any ($1::bigint[])`,
      [ids, mostBytes],
    );
    return null;
  } catch (error) {
    if (isTransient(error)) throw error;
    return toError(error);
  }
}

/** Settles the row as if it had been published and rejected, so that there is one way out. */
async function setAside(
  database: Database,
  node: string,
  channel: string,
  { sequenceId, status, code, reason }: Rejection,
  how: 'with data' | 'without data',
): Promise<void> {
  await database.transaction(async (transaction) => {
    if (how === 'without data') {
      await transaction.query('update public.outbox set data = null, headers = null where sequence_id = $1', [
        sequenceId,
      ]);
    }
    const [batch] = await transaction.query<{ id: string }>(
      `insert into public.outbox_batches (channel, node, sequence_ids)
       values ($1, $2, array[$3::bigint]) returning batch_id as id`,
      [channel, node, sequenceId],
    );
    await transaction.query('select public.outbox_settle($1, $2, $3, $4, $5, $6)', [
      node,
      [batch?.id],
      [sequenceId],
      [status],
      [code],
      [reason],
    ]);
  });
}
