import { OLDEST_BINARIES } from '@chat/test-database';
import { expect } from 'vitest';
import { COMPARISON, compareCapture } from './support/compare-capture.ts';
import { test as base } from './support/fixtures.ts';
import { startPostgres } from './support/postgres.ts';

// Changes `base` as well: a file has one server.
const test = base.override('postgres', { scope: 'file' }, async ({}, { onCleanup }) => {
  const postgres = await startPostgres(OLDEST_BINARIES);
  onCleanup(() => postgres.stop());
  return postgres;
});

test.runIf(OLDEST_BINARIES !== undefined)(
  'capture on PostgreSQL 15: any transaction ends as without it, and a reader has the table’s rows',
  COMPARISON,
  async ({ postgres, database }) => {
    const [server] = await database.query<{ server_version: string }>('show server_version');
    expect(server?.server_version).toMatch(/^15\./);
    await compareCapture(postgres, database);
  },
);
