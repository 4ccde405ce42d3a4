import { expect, test } from 'vitest';
import { parseConfig } from '../src/config/config.ts';
import { openDatabase } from '../src/database.ts';
import { DatabaseRefused } from '../src/errors.ts';
import { rawConfig, runConnector } from './support/connector.ts';
import { startPostgres } from './support/postgres.ts';

test.each([true, 'rds'] as const)(
  'a server without TLS is refused, where ssl is %j, and not waited for',
  async (ssl) => {
    const postgres = await startPostgres();
    try {
      await using database = await postgres.createDatabase();
      const raw = rawConfig(database, { port: 1 });
      const attempt = runConnector({ ...raw, dbConfig: { ...raw.dbConfig, ssl } });
      await expect(attempt).rejects.toThrow(DatabaseRefused);
      await expect(attempt).rejects.toThrow(/does not support SSL.*dbConfig/);
    } finally {
      await postgres.stop();
    }
  },
);

test('a connection that is cut between two statements of a transaction ends that transaction, and nothing else', async () => {
  const postgres = await startPostgres();
  try {
    await using testDatabase = await postgres.createDatabase();
    const { dbConfig } = parseConfig(rawConfig(testDatabase, { port: 1 }));
    const lost = Promise.withResolvers<Error>();
    const database = openDatabase(dbConfig, lost.resolve);

    const transaction = database.transaction(async ({ query }) => {
      await query(`INSERT INTO chat_data (msg_id) VALUES ('m1')`);
      const [backend] = await query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await testDatabase.query('SELECT pg_terminate_backend($1)', [backend?.pid]);
      expect((await lost.promise).message).toMatch(/terminat/);
      await query('SELECT 1');
    });
    await expect(transaction).rejects.toThrow();
    expect(await database.query('SELECT msg_id FROM chat_data')).toEqual([]);
    await database.close();
  } finally {
    await postgres.stop();
  }
});
