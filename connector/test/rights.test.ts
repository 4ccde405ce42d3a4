import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RawConfig } from '../src/config/config.ts';
import { parseConfig } from '../src/config/config.ts';
import { RightsMissing } from '../src/errors.ts';
import { check } from '../src/setup/check.ts';
import { spawnConfigured } from './support/child.ts';
import { runConnector, setUpTriggers } from './support/connector.ts';
import { test as base } from './support/fixtures.ts';
import type { TestDatabase } from './support/postgres.ts';

const readme = readFileSync(join(import.meta.dirname, '../../sql/README.md'), 'utf8');
const [, grants = ''] = /```sql\n(-- The connector's own role[^`]*)```/.exec(readme) ?? [];

const as = (user: string, config: RawConfig): RawConfig => ({
  ...config,
  dbConfig: { ...config.dbConfig, user, password: 'choose one' },
});

/**
 * Roles belong to the whole server, so one that a failed test leaves behind would break the next.
 */
async function dropRole(database: TestDatabase, role: string): Promise<void> {
  await database.query(`drop owned by ${role} cascade; drop role ${role}`);
}

const test = base
  /** The configuration with the restricted role of sql/README.md. */
  .extend('restricted', async ({ database, config }, { onCleanup }) => {
    await database.query(grants);
    onCleanup(() => dropRole(database, 'connector'));
    return as('connector', config);
  })
  /** A role that owns a table, while another one owns the truncate function and may not read it. */
  .extend('shopkeeper', async ({ database, config }, { onCleanup }) => {
    await database.query(`
      create role shopkeeper login password 'choose one' in role pg_read_all_data;
      grant all on all tables in schema public to shopkeeper;
      grant all on all sequences in schema public to shopkeeper;
      grant execute on all functions in schema public to shopkeeper;
      create role migrator;
      grant create on schema public to migrator;
      alter function outbox_capture_truncate() owner to migrator;
      create schema shop authorization shopkeeper;
      create table shop.orders (id int);
      alter table shop.orders owner to shopkeeper`);
    onCleanup(async () => {
      await dropRole(database, 'shopkeeper');
      await dropRole(database, 'migrator');
    });
    return as('shopkeeper', config);
  });

test.beforeAll(({ postgres }) => void postgres);

test('connector: needs only the role of sql/README.md after --setup, which can read no table but the outbox', async ({
  database,
  ably,
  config,
  restricted,
}) => {
  await using setup = await spawnConfigured(config, '--setup');
  expect(await setup.exit).toBe(0);

  const { fine, changes } = await check(parseConfig(restricted));
  expect(fine).toContain('role connector has every right that it needs');
  expect(changes).toEqual([]);

  await using connector = await runConnector(restricted);
  await database.query(
    `insert into chat_data (msg_id, msg_data) values ('small', ''), ('huge', repeat('x', 100000))`,
  );
  await expect.poll(() => connector.seen.settled).toBe(2);
  expect(ably.accepted).toHaveLength(1);
  expect(await database.query('select from outbox_set_aside')).toHaveLength(1);
  const reading = database.query('set role connector; select * from chat_data');
  await expect(reading).rejects.toThrow('permission denied for table chat_data');
});

test('connector: names every missing right at once, and changes nothing', async ({
  database,
  restricted,
}) => {
  await database.query(`
    revoke all on outbox, outbox_batches, outbox_set_aside, nodes from connector;
    revoke all on sequence outbox_batches_batch_id_seq from connector;
    revoke execute on function outbox_claim, outbox_claim_channel, outbox_settle from connector`);
  const attempt = runConnector(restricted);
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
      ...['insert', 'update', 'delete', 'truncate'].map(
        (operation) => `EXECUTE on function outbox_capture_${operation}`,
      ),
      'EXECUTE on function outbox_note_key_change',
      'TRIGGER on table "public"."chat_data"',
      'INSERT on table public.ablycontroltable',
    ]
      .map((right) => `the role lacks ${right}`)
      .sort(),
  );
  expect(await database.query('select from ablycontroltable')).toEqual([]);
});

test('connector: reports that only the owner of a table can drop its trigger', async ({
  database,
  config,
  restricted,
}) => {
  await setUpTriggers(config);
  await database.query('grant all on ablycontroltable to connector');
  const attempt = runConnector({ ...restricted, connector: restricted.connector.slice(0, 1) });
  await expect(attempt).rejects.toThrow('ownership of table "public"."chat_data", to drop triggers');
});

test('connector: captures deletes only if the owner of the truncate function may read the table', async ({
  shopkeeper,
}) => {
  const routes = [{ tablename: 'shop.orders', operation: 'DELETE', ablychannelname: 'orders' }];
  await expect(runConnector({ ...shopkeeper, connector: routes })).rejects.toThrow(
    'SELECT on table "shop"."orders" for role migrator, which owns outbox_capture_truncate()',
  );
});
