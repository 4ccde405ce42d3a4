import { describe, expect } from 'vitest';
import { parseConfig, type RawConfig } from '../src/config/config.ts';
import { openDatabase } from '../src/database.ts';
import { MigrationsMissing, ReconcileFailed } from '../src/errors.ts';
import { reconcile } from '../src/setup/reconcile.ts';
import { chatRoutes, rawConfig } from './support/connector.ts';
import { test } from './support/fixtures.ts';
import type { TestDatabase } from './support/postgres.ts';

test.beforeAll(({ postgres }) => void postgres);

async function reconcileWith(database: TestDatabase, routes: RawConfig['connector'], lockTimeout = 500) {
  const config = parseConfig(rawConfig(database, { port: 1 }, routes));
  const pool = openDatabase(config.dbConfig, () => undefined);
  try {
    return await reconcile(pool, config.connector, lockTimeout);
  } finally {
    await pool.close();
  }
}

const to = (tablename: string, operation: string, ablychannelname = 'changes') => ({
  tablename,
  operation,
  ablychannelname,
});

/** `table trigger` of every trigger that captures for us or for the 2021 connector. */
async function triggersIn(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ trigger: string }>(
    `select tgrelid::regclass || ' ' || tgname as trigger from pg_trigger
      where tgname ~ '^outbox_(capture|note)|_notify_' order by 1`,
  );
  return rows.map(({ trigger }) => trigger);
}

async function routesIn(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ route: string }>(
    `select tablename || ' ' || operation || ' ' || ablychannelname as route from ablycontroltable order by 1`,
  );
  return rows.map(({ route }) => route);
}

async function channelsOf(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ channel: string }>('select channel from outbox order by sequence_id');
  return rows.map(({ channel }) => channel);
}

const nothingChanged = {
  routesAdded: 0,
  routesRemoved: 0,
  triggersCreated: 0,
  triggersReplaced: 0,
  triggersDropped: 0,
  oldTriggersDropped: 0,
};

test('reconcile: makes control table and triggers match the configuration', async ({ database }) => {
  const report = await reconcileWith(database, chatRoutes);
  expect(report).toEqual({ ...nothingChanged, routesAdded: 3, triggersCreated: 5 });
  expect(await triggersIn(database)).toEqual([
    'chat_data outbox_capture_delete',
    'chat_data outbox_capture_insert',
    'chat_data outbox_capture_truncate', // comes with DELETE
    'chat_data outbox_capture_update',
    'chat_data outbox_note_key_change', // comes with UPDATE
  ]);
  expect(await routesIn(database)).toEqual([
    'chat_data DELETE incoming-chat',
    'chat_data INSERT incoming-chat',
    'chat_data UPDATE incoming-chat',
  ]);
});

test('reconcile: changes nothing the second time, and waits for no writer', async ({ database }) => {
  await reconcileWith(database, chatRoutes);
  await using writer = await database.connect();
  await writer.query(`begin; insert into chat_data (msg_id) values ('m1')`);
  expect(await reconcileWith(database, chatRoutes)).toEqual(nothingChanged);
});

test('reconcile: removes exactly what is no longer configured', async ({ database }) => {
  await database.query('create table users (id int)');
  await reconcileWith(database, [...chatRoutes, to('users', 'INSERT'), to('users', 'INSERT', 'audit')]);

  expect(
    await reconcileWith(database, [
      to('chat_data', 'INSERT', 'incoming-chat'),
      to('users', 'INSERT', 'audit'),
    ]),
  ).toEqual({ ...nothingChanged, routesRemoved: 3, triggersReplaced: 1, triggersDropped: 4 });
  expect(await triggersIn(database)).toEqual([
    'chat_data outbox_capture_insert',
    'users outbox_capture_insert',
  ]);
  expect(await routesIn(database)).toEqual(['chat_data INSERT incoming-chat', 'users INSERT audit']);
  await database.query('insert into users values (1)');
  expect(await channelsOf(database)).toEqual(['audit']);
});

test('reconcile: adds and removes channels from the next statement on, also for connected writers', async ({
  database,
}) => {
  await using writer = await database.connect();
  const channelsAfter = async (...channels: string[]) => {
    await reconcileWith(
      database,
      channels.map((channel) => to('chat_data', 'DELETE', channel)),
    );
    await writer.query('truncate outbox');
    await writer.query(
      `insert into chat_data (msg_id) values ('a'), ('b'); delete from chat_data where msg_id = 'a'`,
    );
    await writer.query('truncate chat_data');
    return channelsOf(database);
  };
  expect(await channelsAfter('one')).toEqual(['one', 'one']);
  expect((await channelsAfter('two', 'one')).sort()).toEqual(['one', 'one', 'two', 'two']);
  expect(await channelsAfter("it's", 'back\\slash', 'ünïcode')).toHaveLength(6);
  expect(await channelsAfter('two')).toEqual(['two', 'two']);
  expect(await reconcileWith(database, [to('chat_data', 'DELETE', 'two')])).toEqual(nothingChanged);
});

test('reconcile: lets one table feed several channels, each with every row', async ({ database }) => {
  await reconcileWith(database, [to('chat_data', 'INSERT', 'one'), to('chat_data', 'INSERT', 'two')]);
  await database.query(`insert into chat_data (msg_id) values ('m1')`);
  expect((await channelsOf(database)).sort()).toEqual(['one', 'two']);
});

test.for(['Mixed Case', 'quote"inside', 'select', 'ünïcode', "x'; DROP TABLE chat_data; --"])(
  'reconcile: accepts a table named %j',
  async (name, { database }) => {
    await database.query(`create table "${name.replaceAll('"', '""')}" (id int)`);
    await reconcileWith(database, [to(name, 'INSERT')]);
    await database.query(`insert into "${name.replaceAll('"', '""')}" values (1)`);
    expect(await channelsOf(database)).toEqual(['changes']);
  },
);

test('reconcile: accepts a table in another schema, and the schema public by name', async ({ database }) => {
  await database.query('create schema "The Shop"; create table "The Shop".orders (id int)');
  await reconcileWith(database, [
    to('The Shop.orders', 'DELETE', 'orders'),
    to('public.chat_data', 'INSERT', 'chat'),
  ]);
  await database.query(`insert into chat_data (msg_id) values ('m1')`);
  await database.query('insert into "The Shop".orders values (1); delete from "The Shop".orders');
  expect(await channelsOf(database)).toEqual(['chat', 'orders']);
  expect(await routesIn(database)).toEqual(['The Shop.orders DELETE orders', 'chat_data INSERT chat']);
});

describe('reconcile: after the 2021 connector', () => {
  test('replaces its control table and triggers, also on tables that are no longer configured', async ({
    postgres,
  }) => {
    await using database = await postgres.createDatabase({ empty: true });
    await database.query(`
      create table left_alone (id int);
      create table chat_data (username text, msg_id text not null primary key, msg_data text, client_id text,
        incremental_record_id bigint not null, created_at_timestamp bigint, is_edited boolean);
      create function ably_notify() returns trigger language plpgsql as $$
        begin perform pg_notify('table_update', row_to_json(new)::text); return new; end $$;
      create table ablycontroltable (tablename varchar(100) not null, ablychannelname varchar(100) not null,
        operation varchar(50), primary key (tablename, ablychannelname, operation));
      insert into ablycontroltable values ('chat_data', 'incoming-chat', 'INSERT'), ('left_alone', 'x', 'UPDATE');
      create trigger chat_data_notify_INSERT after insert on chat_data for each row execute procedure ably_notify();
      create trigger left_alone_notify_UPDATE after update on left_alone for each row execute procedure ably_notify()`);
    await postgres.migrate(database);

    expect(await reconcileWith(database, [to('chat_data', 'INSERT', 'incoming-chat')])).toEqual({
      ...nothingChanged,
      routesRemoved: 1,
      triggersCreated: 1,
      oldTriggersDropped: 2,
    });
    expect(await triggersIn(database)).toEqual(['chat_data outbox_capture_insert']);
    // The old trigger made every write of more than 7,782 characters fail.
    await database.query(`insert into chat_data (msg_id, msg_data) values ('m1', repeat('x', 9000))`);
    expect(await channelsOf(database)).toEqual(['incoming-chat']);
  });
});

describe('reconcile: fails without changes', () => {
  test('for missing tables, naming all of them', async ({ database }) => {
    const attempt = reconcileWith(database, [...chatRoutes, to('nowhere', 'INSERT'), to('x.y', 'INSERT')]);
    await expect(attempt).rejects.toThrow(ReconcileFailed);
    await expect(attempt).rejects.toMatchObject({
      problems: ['tablename nowhere: no such table', 'tablename x.y: no such table'],
    });
    expect(await triggersIn(database)).toEqual([]);
    expect(await routesIn(database)).toEqual([]);
  });

  test('for a view, with the reason', async ({ database }) => {
    await database.query('create view recent as select * from chat_data');
    await expect(reconcileWith(database, [...chatRoutes, to('recent', 'INSERT')])).rejects.toThrow(
      /nothing was changed: tablename recent: is a view/,
    );
    expect(await triggersIn(database)).toEqual([]);
  });

  test('for missing rights, naming them', async ({ database }) => {
    await database.query(`create role intern login password 'intern'`);
    const asIntern = { ...database, dbConfig: { ...database.dbConfig, user: 'intern', password: 'intern' } };
    await expect(reconcileWith(asIntern, chatRoutes)).rejects.toThrow(
      /lacks SELECT on table public.outbox.*; SELECT on table public.ablycontroltable;/,
    );
  });

  test('for missing migrations, naming the command to run', async ({ postgres }) => {
    await using database = await postgres.createDatabase({ empty: true });
    const attempt = reconcileWith(database, chatRoutes);
    await expect(attempt).rejects.toThrow(MigrationsMissing);
    await expect(attempt).rejects.toThrow(/table outbox, .*function outbox_capture_insert.*npm run migrate/);
  });

  test('for a table that stays locked, after the lock timeout', async ({ database }) => {
    await using holder = await database.connect();
    await holder.query(`begin; insert into chat_data (msg_id) values ('m1')`);
    await expect(reconcileWith(database, chatRoutes)).rejects.toThrow(/lock timeout/);
    await holder.query('rollback');
    expect(await reconcileWith(database, chatRoutes)).toMatchObject({ triggersCreated: 5 });
  });
});

test('reconcile: lets three connectors start at once', async ({ database }) => {
  const reports = await Promise.all([1, 2, 3].map(() => reconcileWith(database, chatRoutes, 5_000)));
  expect(reports.map((report) => report.triggersCreated).sort()).toEqual([0, 0, 5]);
});
