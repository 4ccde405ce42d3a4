import fc from 'fast-check';
import pg from 'pg';
import { expect, onTestFinished } from 'vitest';
import { openDatabase, quoteIdentifier } from '../../src/database.ts';
import { parseConfig } from '../../src/config/config.ts';
import { reconcile } from '../../src/setup/reconcile.ts';
import { rawConfig } from './connector.ts';
import type { PostgresServer, TestDatabase } from './postgres.ts';
import {
  createStatements,
  randomTable,
  randomWork,
  refersTo,
  TYPES,
  type RandomTable,
  type Work,
} from './random-tables.ts';
import { Replica } from './replica.ts';

/** `CAPTURE_CASES=1000 npm test -- connector/test/capture.property.test.ts` looks further. */
const CASES = Number(process.env.CAPTURE_CASES ?? 150);

/** Comparisons and published values are those of PostgreSQL's own settings. */
const OWN_SETTINGS = '-c timezone=UTC -c search_path=pg_catalog';

async function connect(url: string, options?: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, ...(options && { options }) });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** @returns the SQLSTATE of the failure, or what happened */
async function perform(client: pg.Client, work: Work, schema: string): Promise<string> {
  const id = `work_${schema}`;
  try {
    await client.query(`reset all; set timezone = 'UTC'`);
    for (const setting of work.settings) await client.query(`set ${setting}`);
    await client.query(`begin isolation level ${work.isolation}`);
    for (const { run, undone } of work.statements) {
      await client.query('savepoint before');
      await client.query(run(schema));
      if (undone) await client.query('rollback to savepoint before');
    }
    await client.query(work.end === 'prepare' ? `prepare transaction '${id}'` : work.end);
    if (work.end === 'prepare') await client.query(`commit prepared '${id}'`);
    return work.end;
  } catch (error) {
    await client.query('rollback');
    return (error as pg.DatabaseError).code ?? String(error);
  }
}

/** How long it may take, in ms. */
export const COMPARISON = { timeout: CASES * 2_000 + 60_000 };

/**
 * Tries random transactions on random tables, each with and without capture: both must end the same
 * way, and a reader of the messages must have the rows of the table. Restarts the server.
 */
export async function compareCapture(postgres: PostgresServer, database: TestDatabase): Promise<void> {
  await database.query('alter system set max_prepared_transactions = 10');
  await postgres.restart('orderly');
  const admin = await connect(database.url, OWN_SETTINGS);
  const captured = await connect(database.url);
  const free = await connect(database.url);
  await admin.query(TYPES);
  const { rows } = await admin.query<{ is: boolean }>(
    `select current_setting('server_version_num')::int >= 180000 as is`,
  );
  const hasVirtual = rows[0]?.is === true;
  const pool = openDatabase(parseConfig(rawConfig(database, { port: 1 })).dbConfig, () => undefined);
  onTestFinished(() => pool.close());

  async function prepareTable(table: RandomTable): Promise<string[]> {
    await admin.query(
      `drop schema if exists captured, free cascade; create schema captured; create schema free`,
    );
    for (const schema of ['captured', 'free']) await admin.query(createStatements(table, schema, hasVirtual));
    await admin.query('delete from public.outbox');
    const hasChildren = table.hasChildren && table.shape !== 'inherited';
    const names = [table.name, ...(hasChildren ? [refersTo] : [])];
    const routes = names.flatMap((name) =>
      (['INSERT', 'UPDATE', 'DELETE'] as const).map((operation) => ({
        tablename: `captured.${quoteIdentifier(name)}`,
        ablychannelname: 'changes',
        operation,
      })),
    );
    await reconcile(pool, routes, 5_000);
    return names;
  }

  await fc.assert(
    fc.asyncProperty(
      randomTable.chain((table) =>
        fc.tuple(fc.constant(table), fc.array(randomWork(table), { minLength: 1, maxLength: 5 })),
      ),
      async ([table, works]) => {
        const names = await prepareTable(table);
        const replica = new Replica(admin);
        for (const work of works) {
          const outcome = await perform(free, work, 'free');
          expect(await perform(captured, work, 'captured')).toBe(outcome);
          await replica.readOutbox();
          for (const name of names) {
            const key = name === refersTo ? 'id' : table.keyName;
            await replica.expectRowsOf({ schema: 'captured', name, key });
            await replica.expectSameTable({ name, key });
          }
        }
      },
    ),
    { numRuns: CASES },
  );
}
