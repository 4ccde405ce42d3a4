import pg from 'pg';
import { test as base } from 'vitest';
import { migrate } from '../../src/migrate.ts';
import { startDatabaseServer } from './database-server.ts';

/**
 * `server`: a PostgreSQL server for the test file. `emptyUrl` and `url`: the address of a database for
 * the test, `url` a migrated one. `client`: a connection to `url`.
 */
export const test = base
  // eslint-disable-next-line no-empty-pattern -- Vitest reads the dependencies from the parameter
  .extend('server', { scope: 'file' }, async ({}, { onCleanup }) => {
    const server = await startDatabaseServer();
    onCleanup(() => server.stop());
    return server;
  })
  .extend('template', { scope: 'file' }, async ({ server }) => {
    const template = await server.createDatabase();
    await migrate(template);
    return template;
  })
  .extend('emptyUrl', ({ server }) => server.createDatabase())
  .extend('url', ({ server, template }) => server.createDatabase(template))
  .extend('client', async ({ url }, { onCleanup }) => {
    const client = new pg.Client(url);
    await client.connect();
    onCleanup(() => client.end());
    return client;
  });

// Starts the server within the time limit of hooks, not of the first test.
test.beforeAll(({ template }) => void template);
