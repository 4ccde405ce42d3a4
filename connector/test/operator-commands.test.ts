import { describe, expect } from 'vitest';
import { spawnConfigured } from './support/child.ts';
import { rawConfig, runConnector, setUpTriggers } from './support/connector.ts';
import { test as base } from './support/fixtures.ts';
import type { RawConfig } from '../src/config/config.ts';

const test = base
  /** Publishes `"My items"` to two channels. */
  .extend('items', async ({ database, ably }) => {
    await database.query(
      `create table "My items" (id int primary key, name text, twice int generated always as (id * 2) stored)`,
    );
    const routes = ['one', 'two'].flatMap((ablychannelname) =>
      ['INSERT', 'UPDATE'].map((operation) => ({ tablename: 'My items', operation, ablychannelname })),
    );
    const config = rawConfig(database, ably, routes);
    await setUpTriggers(config);
    return config;
  })
  /** Sets three rows aside, for one channel. */
  .extend('rejected', async ({ database, ably, config }) => {
    ably.behave((_, messages) => (messages.some(({ data }) => data?.includes('bad')) ? 422 : 'accept'));
    await using _ = await runConnector(config);
    await database.query(
      `insert into chat_data (msg_id, msg_data) values ('m1', 'bad'), ('m2', 'bad'), ('m3', 'bad')`,
    );
    await expect.poll(() => database.query('select from outbox_set_aside')).toHaveLength(3);
    const rows = await database.query<{ id: string }>(
      'select sequence_id as id from outbox_set_aside order by sequence_id',
    );
    return rows.map(({ id }) => id);
  });

test.beforeAll(({ postgres }) => void postgres);

/** Runs a command to its end. */
async function run(config: RawConfig, ...options: string[]) {
  await using connector = await spawnConfigured(config, ...options);
  return { code: await connector.exit, output: connector.output() };
}

describe('connector --set-aside, --retry, --discard', () => {
  test('list rows with their reasons, publish some after all, and delete others', async ({
    database,
    ably,
    config,
    chat,
    rejected: [first = '', second = '', third = ''],
  }) => {
    const listed = await run(config, '--set-aside');
    expect(listed.code).toBe(0);
    expect(listed.output.trim().split('\n')).toEqual([
      ...[first, second, third].map((id) =>
        expect.stringMatching(
          `^${id}  \\d{4}-.*Z  channel incoming-chat, \\d+ bytes stored, status 422, code 42200: rejected by the test$`,
        ),
      ),
      '3 row changes set aside',
    ]);

    const discarded = await run(config, '--discard', second, '--yes');
    expect(discarded).toEqual({ code: 0, output: 'discarded 1 row change\n' });
    ably.behave(() => 'accept');
    const retried = await run(config, '--retry', `${third},${first}`);
    expect(retried).toEqual({ code: 0, output: 'put 2 row changes back into the outbox\n' });
    await using _ = await runConnector(config);
    await chat.isPublished();
    expect(chat.acceptedRows()).toEqual(['m1', 'm3']);
    expect((await run(config, '--set-aside')).output).toBe('0 row changes set aside\n');
    expect(await database.query('select from outbox_set_aside')).toEqual([]);
  });

  test('concern all rows, and discard none without an answer', async ({ database, config, rejected }) => {
    const asked = await run(config, '--discard', 'all');
    expect(asked.code).toBe(1);
    expect(asked.output).toContain('Discard 3 row changes that will never be published? Nothing was done');
    expect(await database.query('select from outbox_set_aside')).toHaveLength(rejected.length);
    expect((await run(config, '--retry', 'all')).output).toBe('put 3 row changes back into the outbox\n');
  });
});

describe('connector --replay', () => {
  test('publishes the present rows as INSERTs to every channel of the table’s INSERTs', async ({
    database,
    ably,
    items,
  }) => {
    await database.query(`alter table "My items" disable trigger user;
      insert into "My items" (id, name) select i, 'item ' || i from generate_series(1, 3000) as i`);
    const replayed = await run(items, '--replay', 'My items', '--yes');
    expect(replayed).toEqual({ code: 0, output: 'put 3000 rows of My items into the outbox\n' });
    await using _ = await runConnector(items);
    await expect.poll(() => ably.accepted.length).toBe(6_000);
    const message = ably.accepted.find(({ channel }) => channel === 'two');
    expect(JSON.parse(message?.data ?? '')).toEqual({
      table: 'My items',
      type: 'INSERT',
      row: { id: 1, name: 'item 1', twice: 2 },
    });
  });

  test('publishes only the rows of a condition', async ({ database, ably, items }) => {
    await database.query(`alter table "My items" disable trigger user;
      insert into "My items" (id) values (1), (2), (3)`);
    const replayed = await run(items, '--replay', 'My items', '--where', 'id >= 2 -- recent', '--yes');
    expect(replayed.output).toBe('put 2 rows of My items into the outbox\n');
    await using _ = await runConnector(items);
    await expect.poll(() => ably.accepted.length).toBe(4);
  });

  test('shows how many rows there are, and publishes none without an answer', async ({ database, items }) => {
    await database.query(`alter table "My items" disable trigger user;
      insert into "My items" (id) values (1), (2)`);
    const asked = await run(items, '--replay', 'My items');
    expect(asked.code).toBe(1);
    expect(asked.output).toContain('Publish 2 rows of My items to one, two? Nothing was done');
    expect(await database.query('select from outbox where not processed')).toEqual([]);
  });

  test.for([
    [
      'a table without a route',
      ['nodes'],
      /^Cannot replay nodes: the configuration has no route for its INSERTs/,
    ],
    ['a condition that is no SQL', ['My items', '--where', 'id >'], /syntax error/],
    [
      'a second statement',
      ['My items', '--where', 'true); delete from nodes; select (1'],
      /multiple commands/,
    ],
  ] as const)('fails with 1 for %s', async ([, options, reason], { items }) => {
    const { code, output } = await run(items, '--replay', ...options, '--yes');
    expect(code).toBe(1);
    expect(output).toMatch(reason);
  });
});
