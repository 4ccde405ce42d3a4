import { describe, expect } from 'vitest';
import { parseConfig, type RawConfig } from '../src/config/config.ts';
import { check } from '../src/setup/check.ts';
import { spawnConfigured } from './support/child.ts';
import { rawConfig, runConnector, setUpTriggers } from './support/connector.ts';
import { test as base } from './support/fixtures.ts';
import type { TestDatabase } from './support/postgres.ts';

const PASSWORD = 'choose one';

async function dropRole(database: TestDatabase, role: string): Promise<void> {
  await database.query(`drop owned by ${role} cascade; drop role ${role}`);
}

const test = base
  /** Owns outbox and functions, and is no superuser: FORCE applies to it. */
  .extend('owner', async ({ database, config }, { onCleanup }) => {
    await database.query(`
      create role owner_of_all login password '${PASSWORD}';
      grant all on schema public, chat_private to owner_of_all;
      grant all on all tables in schema chat_private to owner_of_all;
      create table items (id int primary key);
      do $$
      declare
        statement text;
      begin
        for statement in
          select format('alter table %s owner to owner_of_all', oid::regclass) from pg_class
          where relnamespace = 'public'::regnamespace and relkind = 'r'
          union all
          select format('alter function %s owner to owner_of_all', oid::regprocedure) from pg_proc
          where pronamespace = 'public'::regnamespace
        loop
          execute statement;
        end loop;
      end $$`);
    onCleanup(() => dropRole(database, 'owner_of_all'));
    return as('owner_of_all', config);
  })
  /** Has every right, and owns nothing. */
  .extend('other', async ({ database, owner }, { onCleanup }) => {
    await database.query(`
      create role other_role login password '${PASSWORD}';
      grant all on all tables in schema public to other_role;
      grant all on all sequences in schema public to other_role;
      grant all on all functions in schema public to other_role`);
    onCleanup(() => dropRole(database, 'other_role'));
    return as('other_role', owner);
  });

test.beforeAll(({ postgres }) => void postgres);

const as = (user: string, config: RawConfig): RawConfig => ({
  ...config,
  dbConfig: { ...config.dbConfig, user, password: PASSWORD },
  connector: ['INSERT', 'DELETE'].map((operation) => ({
    tablename: 'items',
    operation,
    ablychannelname: 'items',
  })),
});

const databaseProblems = async (config: RawConfig) =>
  (await check(parseConfig(config))).problems.filter((problem) => !problem.startsWith('Ably'));

const OWN_TABLES = ['outbox', 'outbox_batches', 'outbox_set_aside', 'nodes', 'ablycontroltable'];

describe('connector --check: names row-level security', () => {
  test.for(OWN_TABLES)('on %s for another role', async (table, { database, owner, other }) => {
    await setUpTriggers(owner);
    expect(await databaseProblems(other)).toEqual([]);
    await database.query(`alter table ${table} enable row level security`);
    const problem = new RegExp(
      `^the role lacks SELECT.* of every row of table ${table} for role other_role: row-level security`,
    );
    expect(await databaseProblems(other)).toEqual([expect.stringMatching(problem)]);
    expect(await databaseProblems(owner)).toEqual([]); // it does not apply to the owner
  });

  test.for(OWN_TABLES)('that is forced on %s for its owner', async (table, { database, owner }) => {
    await setUpTriggers(owner);
    await database.query(`alter table ${table} enable row level security, force row level security`);
    const problems = await databaseProblems(owner);
    expect(problems).toContainEqual(
      expect.stringMatching(`^the role lacks SELECT.* of every row of table ${table} for role owner_of_all`),
    );
  });

  test('on the outbox for the owner of the capture functions, whose writers would fail', async ({
    database,
    config,
    owner,
  }) => {
    await setUpTriggers(owner);
    await database.query('alter table outbox enable row level security, force row level security');
    const superuser = { ...owner, dbConfig: config.dbConfig };
    expect(await databaseProblems(superuser)).toEqual([
      expect.stringMatching(
        /^the role lacks INSERT of every row of table outbox for role owner_of_all, which owns outbox_capture/,
      ),
    ]);
  });

  test.for(['before', 'after'] as const)(
    'that hides rows of a captured table from TRUNCATE, %s the set-up',
    async (when, { database, config, owner }) => {
      if (when === 'after') await setUpTriggers(owner);
      await database.query('alter table items enable row level security, force row level security');
      const expected = [
        expect.stringMatching(
          /^the role lacks SELECT of every row of table items for role owner_of_all, .*truncate/,
        ),
      ];
      expect(await databaseProblems(owner)).toEqual(expected);
      expect(await databaseProblems({ ...owner, dbConfig: config.dbConfig })).toEqual(expected);
    },
  );
});

describe('connector --check: with row-level security', () => {
  test('accepts a policy that shows every row to the role', async ({ database, owner, other, ably }) => {
    await setUpTriggers(owner);
    await database.query(`alter table outbox enable row level security;
      create policy everything on outbox for all to other_role using (true) with check (true)`);
    expect(await databaseProblems(other)).toEqual([]);
    await using _ = await runConnector(other);
    await database.query('insert into items values (1)');
    await expect.poll(() => ably.accepted.length).toBe(1);
  });

  test.for([
    ['is for some rows', `create policy partial on outbox using (channel = 'x')`, 'SELECT, UPDATE, DELETE'],
    ['is for some commands', 'create policy partial on outbox for select using (true)', 'UPDATE, DELETE'],
    [
      'is narrowed by a restrictive one',
      `create policy everything on outbox using (true);
       create policy less on outbox as restrictive for delete using (not processed)`,
      'DELETE',
    ],
  ] as const)('rejects a policy that %s', async ([, policy, lacking], { database, owner, other }) => {
    await setUpTriggers(owner);
    await database.query(`alter table outbox enable row level security; ${policy}`);
    expect(await databaseProblems(other)).toEqual([
      expect.stringMatching(`^the role lacks ${lacking} of every row of table outbox for role other_role`),
    ]);
  });
});

test('connector: waits while row-level security hides rows, with the reason in /ready, and --setup fails', async ({
  database,
  ably,
  owner,
  other,
}) => {
  await setUpTriggers(owner);
  await database.query('alter table nodes enable row level security; insert into items values (1)');
  await using setup = await spawnConfigured(other, '--setup');
  expect(await setup.exit).toBe(1);
  expect(setup.output()).toContain('of every row of table nodes for role other_role');
  await using connector = await spawnConfigured(other);
  const { health } = await connector.line('not started yet; the health port has the reason');
  const reasons = async () =>
    (await (await fetch(new URL('/ready', String(health)))).json()).reasons as string[];
  await expect
    .poll(reasons)
    .toEqual([
      expect.stringMatching(
        /^not started: .* since .*Z: .* of every row of table nodes for role other_role: row-level security/,
      ),
    ]);
  await database.query('alter table nodes disable row level security');
  await connector.line('ready');
  await expect.poll(() => ably.accepted.length).toBe(1);
});

test('connector --check: reports that an inserted row does not reach a claim, and leaves nothing behind', async ({
  database,
  ably,
}) => {
  const config = rawConfig(database, ably);
  await setUpTriggers(config);
  expect((await check(parseConfig(config))).fine).toContain('a claim finds what is inserted into the outbox');
  await database.query('create rule lost as on insert to outbox do instead nothing');
  expect(await databaseProblems(config)).toEqual([
    expect.stringMatching(/^a row inserted into the outbox is not found by a claim/),
  ]);
  expect(await database.query('select from outbox where not processed')).toEqual([]);
  expect(await database.query('select from outbox_batches')).toEqual([]);
});
