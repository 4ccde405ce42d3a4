import pg from 'pg';
import { test as base } from 'vitest';
import { migrate } from '../../src/migrate.ts';
import { captureTable } from './capture.ts';
import { startDatabaseServer } from '@chat/postgres/testing';

/**
 * `server`: a PostgreSQL server for the test file. `emptyUrl` and `url`: the address of a database
 * for the test, `url` a migrated one. `client`: a connection to `url`. `chat`: the same, with the
 * changes of chat_data captured.
 *
 * Do not extend it: Vitest starts the fixtures of a file once more for each extension.
 */
export const test = base
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
  })
  .extend('chat', async ({ client }) => {
    await captureTable(client);
    return client;
  });

// Starts the server within the time limit of hooks, not of the first test.
test.beforeAll(({ template }) => void template);
