import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig, type RawConfig } from '../src/config/config.ts';
import { openDatabase } from '../src/database.ts';
import { MigrationsMissing, ReconcileFailed } from '../src/errors.ts';
import { reconcile } from '../src/setup/reconcile.ts';
import { chatRoutes, rawConfig } from './support/connector.ts';
import { startPostgres, type PostgresServer, type TestDatabase } from './support/postgres.ts';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

async function reconcileWith(database: TestDatabase, routes: RawConfig['connector']) {
  const config = parseConfig(rawConfig(database, { port: 1 }, routes));
  const pool = openDatabase(config.dbConfig, () => undefined);
  try {
    return await reconcile(pool, config.connector, 500);
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
    `SELECT tgrelid::regclass || ' ' || tgname AS trigger FROM pg_trigger
      WHERE tgname ~ '^outbox_capture|_notify_' ORDER BY 1`,
  );
  return rows.map(({ trigger }) => trigger);
}

async function routesIn(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ route: string }>(
    `SELECT tablename || ' ' || operation || ' ' || ablychannelname AS route FROM ablycontroltable ORDER BY 1`,
  );
  return rows.map(({ route }) => route);
}

async function channelsOf(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ channel: string }>('SELECT channel FROM outbox ORDER BY sequence_id');
  return rows.map(({ channel }) => channel);
}

const nothingChanged = {
  routesAdded: 0,
  routesRemoved: 0,
  triggersCreated: 0,
  triggersDropped: 0,
  oldTriggersDropped: 0,
};

test('control table and triggers become what is configured', async () => {
  await using database = await postgres.createDatabase();
  const report = await reconcileWith(database, chatRoutes);
  expect(report).toEqual({ ...nothingChanged, routesAdded: 3, triggersCreated: 4 });
  expect(await triggersIn(database)).toEqual([
    'chat_data outbox_capture_delete',
    'chat_data outbox_capture_insert',
    'chat_data outbox_capture_truncate', // comes with DELETE
    'chat_data outbox_capture_update',
  ]);
  expect(await routesIn(database)).toEqual([
    'chat_data DELETE incoming-chat',
    'chat_data INSERT incoming-chat',
    'chat_data UPDATE incoming-chat',
  ]);
});

test('a second time changes nothing, and waits for nobody who is writing', async () => {
  await using database = await postgres.createDatabase();
  await reconcileWith(database, chatRoutes);
  await using writer = await database.connect();
  await writer.query(`BEGIN; INSERT INTO chat_data (msg_id) VALUES ('m1')`);
  expect(await reconcileWith(database, chatRoutes)).toEqual(nothingChanged);
});

test('what is no longer configured goes, and only that', async () => {
  await using database = await postgres.createDatabase();
  await database.query('CREATE TABLE users (id int)');
  await reconcileWith(database, [...chatRoutes, to('users', 'INSERT'), to('users', 'INSERT', 'audit')]);

  expect(
    await reconcileWith(database, [
      to('chat_data', 'INSERT', 'incoming-chat'),
      to('users', 'INSERT', 'audit'),
    ]),
  ).toEqual({ ...nothingChanged, routesRemoved: 3, triggersCreated: 1, triggersDropped: 3 });
  expect(await triggersIn(database)).toEqual([
    'chat_data outbox_capture_insert',
    'users outbox_capture_insert',
  ]);
  expect(await routesIn(database)).toEqual(['chat_data INSERT incoming-chat', 'users INSERT audit']);
  await database.query('INSERT INTO users VALUES (1)');
  expect(await channelsOf(database)).toEqual(['audit']);
});

test('a channel that is added or taken away counts for the next statement, also of a writer who was there before', async () => {
  await using database = await postgres.createDatabase();
  await using writer = await database.connect();
  const channelsAfter = async (...channels: string[]) => {
    await reconcileWith(
      database,
      channels.map((channel) => to('chat_data', 'DELETE', channel)),
    );
    await writer.query('TRUNCATE outbox');
    await writer.query(
      `INSERT INTO chat_data (msg_id) VALUES ('a'), ('b'); DELETE FROM chat_data WHERE msg_id = 'a'`,
    );
    await writer.query('TRUNCATE chat_data');
    return channelsOf(database);
  };
  expect(await channelsAfter('one')).toEqual(['one', 'one']);
  expect((await channelsAfter('two', 'one')).sort()).toEqual(['one', 'one', 'two', 'two']);
  expect(await channelsAfter("it's", 'back\\slash', 'ünïcode')).toHaveLength(6);
  expect(await channelsAfter('two')).toEqual(['two', 'two']);
  expect(await reconcileWith(database, [to('chat_data', 'DELETE', 'two')])).toEqual(nothingChanged);
});

test('one table can feed several channels, and each gets every row', async () => {
  await using database = await postgres.createDatabase();
  await reconcileWith(database, [to('chat_data', 'INSERT', 'one'), to('chat_data', 'INSERT', 'two')]);
  await database.query(`INSERT INTO chat_data (msg_id) VALUES ('m1')`);
  expect((await channelsOf(database)).sort()).toEqual(['one', 'two']);
});

test.each(['Mixed Case', 'quote"inside', 'select', 'ünïcode', "x'; DROP TABLE chat_data; --"])(
  'a table may be called %j',
  async (name) => {
    await using database = await postgres.createDatabase();
    await database.query(`CREATE TABLE "${name.replaceAll('"', '""')}" (id int)`);
    await reconcileWith(database, [to(name, 'INSERT')]);
    await database.query(`INSERT INTO "${name.replaceAll('"', '""')}" VALUES (1)`);
    expect(await channelsOf(database)).toEqual(['changes']);
  },
);

test('a table may be in another schema, and public may be written out', async () => {
  await using database = await postgres.createDatabase();
  await database.query('CREATE SCHEMA "The Shop"; CREATE TABLE "The Shop".orders (id int)');
  await reconcileWith(database, [
    to('The Shop.orders', 'DELETE', 'orders'),
    to('public.chat_data', 'INSERT', 'chat'),
  ]);
  await database.query(`INSERT INTO chat_data (msg_id) VALUES ('m1')`);
  await database.query('INSERT INTO "The Shop".orders VALUES (1); DELETE FROM "The Shop".orders');
  expect(await channelsOf(database)).toEqual(['chat', 'orders']);
  expect(await routesIn(database)).toEqual(['The Shop.orders DELETE orders', 'chat_data INSERT chat']);
});

describe('coming from the 2021 connector', () => {
  test('its triggers and its control table are replaced, also on tables that are not configured any more', async () => {
    await using database = await postgres.createDatabase({ empty: true });
    await database.query(`
      CREATE TABLE left_alone (id int);
      CREATE TABLE chat_data (username text, msg_id text NOT NULL PRIMARY KEY, msg_data text, client_id text,
        incremental_record_id bigint NOT NULL, created_at_timestamp bigint, is_edited boolean);
      CREATE FUNCTION ably_notify() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_notify('table_update', row_to_json(new)::text); RETURN new; END $$;
      CREATE TABLE ablycontroltable (tablename varchar(100) NOT NULL, ablychannelname varchar(100) NOT NULL,
        operation varchar(50), PRIMARY KEY (tablename, ablychannelname, operation));
      INSERT INTO ablycontroltable VALUES ('chat_data', 'incoming-chat', 'INSERT'), ('left_alone', 'x', 'UPDATE');
      CREATE TRIGGER chat_data_notify_INSERT AFTER INSERT ON chat_data FOR EACH ROW EXECUTE PROCEDURE ably_notify();
      CREATE TRIGGER left_alone_notify_UPDATE AFTER UPDATE ON left_alone FOR EACH ROW EXECUTE PROCEDURE ably_notify()`);
    await postgres.migrate(database);

    expect(await reconcileWith(database, [to('chat_data', 'INSERT', 'incoming-chat')])).toEqual({
      ...nothingChanged,
      routesRemoved: 1,
      triggersCreated: 1,
      oldTriggersDropped: 2,
    });
    expect(await triggersIn(database)).toEqual(['chat_data outbox_capture_insert']);
    // The old trigger made every write of more than 7,782 characters fail.
    await database.query(`INSERT INTO chat_data (msg_id, msg_data) VALUES ('m1', repeat('x', 9000))`);
    expect(await channelsOf(database)).toEqual(['incoming-chat']);
  });
});

describe('what cannot be set up changes nothing', () => {
  test('all missing tables are named at once', async () => {
    await using database = await postgres.createDatabase();
    const attempt = reconcileWith(database, [...chatRoutes, to('nowhere', 'INSERT'), to('x.y', 'INSERT')]);
    await expect(attempt).rejects.toThrow(ReconcileFailed);
    await expect(attempt).rejects.toMatchObject({
      problems: ['tablename nowhere: no such table', 'tablename x.y: no such table'],
    });
    expect(await triggersIn(database)).toEqual([]);
    expect(await routesIn(database)).toEqual([]);
  });

  test('a view cannot be captured, and PostgreSQL’s reason is passed on', async () => {
    await using database = await postgres.createDatabase();
    await database.query('CREATE VIEW recent AS SELECT * FROM chat_data');
    await expect(reconcileWith(database, [...chatRoutes, to('recent', 'INSERT')])).rejects.toThrow(
      /nothing was changed: "recent" is a view/,
    );
    expect(await triggersIn(database)).toEqual([]);
  });

  test('a missing right is named', async () => {
    await using database = await postgres.createDatabase();
    await database.query(`CREATE ROLE intern LOGIN PASSWORD 'intern'`);
    const asIntern = { ...database, dbConfig: { ...database.dbConfig, user: 'intern', password: 'intern' } };
    await expect(reconcileWith(asIntern, chatRoutes)).rejects.toThrow(
      /lacks SELECT on table public.outbox.*; SELECT on table public.ablycontroltable;/,
    );
  });

  test('without the migrations, the command to run is named', async () => {
    await using database = await postgres.createDatabase({ empty: true });
    const attempt = reconcileWith(database, chatRoutes);
    await expect(attempt).rejects.toThrow(MigrationsMissing);
    await expect(attempt).rejects.toThrow(/table outbox, .*function outbox_capture_insert.*npm run migrate/);
  });

  test('a table that somebody keeps locked is not waited for without end', async () => {
    await using database = await postgres.createDatabase();
    await using holder = await database.connect();
    await holder.query(`BEGIN; INSERT INTO chat_data (msg_id) VALUES ('m1')`);
    await expect(reconcileWith(database, chatRoutes)).rejects.toThrow(/lock timeout/);
    await holder.query('ROLLBACK');
    expect(await reconcileWith(database, chatRoutes)).toMatchObject({ triggersCreated: 4 });
  });
});

test('two connectors that start at once do not disturb one another', async () => {
  await using database = await postgres.createDatabase();
  const reports = await Promise.all([1, 2, 3].map(() => reconcileWith(database, chatRoutes)));
  expect(reports.map((report) => report.triggersCreated).sort()).toEqual([0, 0, 4]);
});
