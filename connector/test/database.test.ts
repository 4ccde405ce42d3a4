import { expect, test } from 'vitest';
import { parseConfig } from '../src/config.ts';
import { openDatabase } from '../src/database.ts';
import { rawConfig } from './support/connector.ts';
import { startPostgres } from './support/postgres.ts';

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
