import { randomUUID } from 'node:crypto';
import type { Database } from '../database.ts';

/**
 * Proves, in a transaction that it rolls back, that a claim finds a row which was inserted into the
 * outbox: triggers, rules and replaced functions may prevent that without an error.
 * @returns null when the role may not insert, as the restricted one of sql/README.md
 */
export async function proveClaim(database: Database): Promise<boolean | null> {
  return database.transaction(async (transaction) => {
    const [right] = await transaction.query<{ granted: boolean }>(
      `select has_table_privilege('public.outbox', 'INSERT') as granted`,
    );
    if (right?.granted !== true) return null;
    // No other connector claims a channel of this name, nor waits for its lock.
    const channel = `check ${randomUUID()}`;
    await transaction.query(`insert into public.outbox (channel, name) values ($1, 'check')`, [channel]);
    const claimed = await transaction.query(
      `select from public.outbox_claim_channel('check', $1, '{}', 1, 1, 1000, 1000)`,
      [channel],
    );
    await transaction.query('rollback');
    return claimed.length === 1;
  });
}
