import { migratedDatabases, startDatabaseServer, withClient } from '@chat/test-database';
import { expect, test as base } from 'vitest';
import { observeOutbox } from '../src/functions/observe-outbox.ts';

const INTERVAL = 50;

const test = base.extend(
  'newDatabase',
  { scope: 'file' },

  async ({}, { onCleanup }) => {
    const server = await startDatabaseServer();
    onCleanup(() => server.stop());
    return migratedDatabases(server);
  },
);

test.beforeAll(({ newDatabase }) => void newDatabase, 60_000);

test('an outbox without rows has none that wait and none set aside', async ({ newDatabase }) => {
  expect(await observeOutbox(await newDatabase(), INTERVAL)).toEqual({ rowsWaiting: 0, rowsSetAside: 0 });
});

test('row changes wait if they are there at both looks, and are unpublished', async ({ newDatabase }) => {
  const database = await newDatabase();
  await withClient(database, async (client) => {
    await client.query(`insert into outbox (channel, name, processed)
      values ('incoming-chat', 'n', false), ('incoming-chat', 'n', false), ('', 'n', true)`);
  });
  expect(await observeOutbox(database, INTERVAL)).toEqual({ rowsWaiting: 2, rowsSetAside: 0 });
});

test('row changes that are published between the looks do not wait', async ({ newDatabase }) => {
  const database = await newDatabase();
  await withClient(database, async (client) => {
    await client.query(`insert into outbox (channel, name) values ('incoming-chat', 'n')`);
    const observed = observeOutbox(database, 2_000);
    const looked = `select from pg_stat_activity
      where application_name = 'chat-watch' and state = 'idle' and query like 'select sequence_id%'
        and datname = current_database()`;
    await expect.poll(async () => (await client.query(looked)).rowCount, { interval: 10 }).toBe(1);
    await client.query('delete from outbox');
    expect(await observed).toEqual({ rowsWaiting: 0, rowsSetAside: 0 });
  });
});

test('row changes that were set aside are counted', async ({ newDatabase }) => {
  const database = await newDatabase();
  await withClient(database, (client) =>
    client.query(`insert into outbox_set_aside (sequence_id, mutation_id, channel, name, status, code, reason)
      values (1, 'm', 'incoming-chat', 'n', 400, 40009, 'too large')`),
  );
  expect(await observeOutbox(database, INTERVAL)).toEqual({ rowsWaiting: 0, rowsSetAside: 1 });
});
