import { describe, expect, test as base } from 'vitest';
import { startDatabaseServer, templateDatabases, withClient } from '../src/testing.ts';

const test = base.extend('server', { scope: 'file' }, async ({}, { onCleanup }) => {
  const server = await startDatabaseServer();
  onCleanup(() => server.stop());
  return server;
});

const run = (url: string, sql: string) => withClient(url, async (client) => (await client.query(sql)).rows);

describe('a database server for tests', () => {
  test('creates empty databases, each with an address of its own', async ({ server }) => {
    const [one, two] = await Promise.all([server.createDatabase(), server.createDatabase()]);
    await run(one, 'create table here (n int)');
    expect(await run(two, `select to_regclass('here') as found`)).toEqual([{ found: null }]);
  });

  test('copies a template that was prepared once', async ({ server }) => {
    let preparations = 0;
    const next = await templateDatabases(server, async (url) => {
      preparations += 1;
      await run(url, `create table prepared as select 1 as n`);
    });
    const [one, two] = [await next(), await next()];
    await run(one, 'delete from prepared');
    expect(await run(two, 'select n from prepared')).toEqual([{ n: 1 }]);
    expect(preparations).toBe(1);
  });

  test('reports a failed preparation', async ({ server }) => {
    const failing = templateDatabases(server, () => Promise.reject(new Error('migration 7 failed')));
    await expect(failing).rejects.toThrow('migration 7 failed');
  });

  test.each(['orderly', 'crash'] as const)('returns at the same address after a restart: %s', async (how) => {
    const server = await startDatabaseServer();
    try {
      const url = await server.createDatabase();
      await run(url, 'create table here (n int)');
      await server.restart(how);
      expect(await run(url, `select to_regclass('here')::text as found`)).toEqual([{ found: 'here' }]);
    } finally {
      await server.stop();
    }
  });
});
