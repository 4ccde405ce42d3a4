import { expect } from 'vitest';
import { parseConfig } from '../src/config/config.ts';
import { openDatabase } from '../src/database.ts';
import { ConnectionRejected } from '../src/errors.ts';
import { runConnector } from './support/connector.ts';
import { test } from './support/fixtures.ts';

test.beforeAll(({ postgres }) => void postgres);

test.for([true, 'rds'] as const)(
  'connector: with ssl %j, fails at once for a server without TLS',
  async (ssl, { config }) => {
    const attempt = runConnector({ ...config, dbConfig: { ...config.dbConfig, ssl } });
    await expect(attempt).rejects.toThrow(ConnectionRejected);
    await expect(attempt).rejects.toThrow(/does not support SSL.*dbConfig/);
  },
);

test('database: a connection cut between two statements of a transaction ends only that transaction', async ({
  database: testDatabase,
  config,
}) => {
  const { dbConfig } = parseConfig(config);
  const lost = Promise.withResolvers<Error>();
  const database = openDatabase(dbConfig, lost.resolve);

  const transaction = database.transaction(async ({ query }) => {
    await query(`insert into chat_data (msg_id) values ('m1')`);
    const [backend] = await query<{ pid: number }>('select pg_backend_pid() as pid');
    await testDatabase.query('select pg_terminate_backend($1)', [backend?.pid]);
    expect((await lost.promise).message).toMatch(/terminat/);
    await query('select 1');
  });
  await expect(transaction).rejects.toThrow();
  expect(await database.query('select msg_id from chat_data')).toEqual([]);
  await database.close();
});
