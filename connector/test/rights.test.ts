import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { check } from '../src/setup/check.ts';
import { parseConfig } from '../src/config/config.ts';
import { RightsMissing } from '../src/errors.ts';
import { spawnConnector, temporaryFile } from './support/child.ts';
import { rawConfig, runConnector } from './support/connector.ts';
import { startPostgres, type PostgresServer, type TestDatabase } from './support/postgres.ts';
import { startStubAbly } from './support/stub-ably.ts';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const readme = readFileSync(join(import.meta.dirname, '../../sql/README.md'), 'utf8');
const [, grants = ''] = /```sql\n(-- The connector's own role[^`]*)```/.exec(readme) ?? [];

const as = (database: TestDatabase, user: string): TestDatabase => ({
  ...database,
  dbConfig: { ...database.dbConfig, user, password: 'choose one' },
});

async function dropRole(database: TestDatabase, role: string): Promise<void> {
  await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
}

test('the role of sql/README.md can run the connector after --setup, and read no table but the outbox', async () => {
  await using database = await postgres.createDatabase();
  await using ably = await startStubAbly();
  await database.query(grants);
  const owner = { ...rawConfig(database, ably), logLevel: 'info' };
  await using ownersFile = await temporaryFile('owner.json', JSON.stringify(owner));
  await using setup = spawnConnector(['--setup', ownersFile.path]);
  expect(await setup.exit).toBe(0);

  const raw = rawConfig(as(database, 'connector'), ably);
  const { fine, changes } = await check(parseConfig(raw));
  expect(fine).toContain('role connector has every right that it needs');
  expect(changes).toEqual([]);

  await using connector = await runConnector(raw);
  await database.query(
    `INSERT INTO chat_data (msg_id, msg_data) VALUES ('small', ''), ('huge', repeat('x', 100000))`,
  );
  await expect.poll(() => connector.seen.settled).toBe(2);
  expect(ably.accepted).toHaveLength(1);
  expect(await database.query('SELECT FROM outbox_set_aside')).toHaveLength(1);
  const reading = database.query('SET ROLE connector; SELECT * FROM chat_data');
  await expect(reading).rejects.toThrow('permission denied for table chat_data');
  await connector.stop();
  await dropRole(database, 'connector');
});

test('each right that is taken away is named, all at once, before anything is changed', async () => {
  await using database = await postgres.createDatabase();
  await database.query(grants);
  await database.query(`
    REVOKE ALL ON outbox, outbox_batches, outbox_set_aside, nodes FROM connector;
    REVOKE ALL ON SEQUENCE outbox_batches_batch_id_seq FROM connector;
    REVOKE EXECUTE ON FUNCTION outbox_claim, outbox_claim_channel, outbox_settle FROM connector`);
  const attempt = runConnector(rawConfig(as(database, 'connector'), { port: 1 }));
  await expect(attempt).rejects.toThrow(RightsMissing);
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown as RightsMissing,
  );
  expect(error?.problems.map((problem) => problem.replace(/\(.*\)/, '')).sort()).toEqual(
    [
      ...['SELECT', 'UPDATE', 'DELETE'].map((right) => `${right} on table public.outbox`),
      ...['SELECT', 'INSERT', 'UPDATE', 'DELETE'].flatMap((right) => [
        `${right} on table public.outbox_batches`,
        `${right} on table public.nodes`,
      ]),
      ...['SELECT', 'INSERT'].map((right) => `${right} on table public.outbox_set_aside`),
      'USAGE on sequence public.outbox_batches_batch_id_seq',
      ...['outbox_claim', 'outbox_claim_channel', 'outbox_settle'].map(
        (name) => `EXECUTE on function ${name}`,
      ),
      'TRIGGER on table "public"."chat_data"',
      'INSERT on table public.ablycontroltable',
    ]
      .map((right) => `the role lacks ${right}`)
      .sort(),
  );
  expect(await database.query('SELECT FROM ablycontroltable')).toEqual([]);
  await dropRole(database, 'connector');
});

test('a trigger can only be removed by the owner of its table, and that is said', async () => {
  await using database = await postgres.createDatabase();
  await database.query(grants);
  await (await runConnector(rawConfig(database, { port: 1 }))).stop();
  await database.query('GRANT ALL ON ablycontroltable TO connector');
  const fewer = rawConfig(as(database, 'connector'), { port: 1 }).connector.slice(0, 1);
  const attempt = runConnector(rawConfig(as(database, 'connector'), { port: 1 }, fewer));
  await expect(attempt).rejects.toThrow('ownership of table "public"."chat_data", to drop triggers');
  await dropRole(database, 'connector');
});

test('capturing deletes takes that the owner of the truncate function may read the table', async () => {
  await using database = await postgres.createDatabase();
  await database.query(`
    CREATE ROLE shopkeeper LOGIN PASSWORD 'choose one' IN ROLE pg_read_all_data;
    GRANT ALL ON ALL TABLES IN SCHEMA public TO shopkeeper;
    GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO shopkeeper;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO shopkeeper;
    CREATE ROLE migrator;
    GRANT CREATE ON SCHEMA public TO migrator;
    ALTER FUNCTION outbox_capture_truncate() OWNER TO migrator;
    CREATE SCHEMA shop AUTHORIZATION shopkeeper;
    CREATE TABLE shop.orders (id int);
    ALTER TABLE shop.orders OWNER TO shopkeeper`);
  const routes = [{ tablename: 'shop.orders', operation: 'DELETE', ablychannelname: 'orders' }];
  const attempt = runConnector(rawConfig(as(database, 'shopkeeper'), { port: 1 }, routes));
  await expect(attempt).rejects.toThrow(
    'SELECT on table "shop"."orders" for role migrator, which owns outbox_capture_truncate()',
  );
  await database.query('ALTER FUNCTION outbox_capture_truncate() OWNER TO CURRENT_USER');
  await dropRole(database, 'shopkeeper');
  await dropRole(database, 'migrator');
});
