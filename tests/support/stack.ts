import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '@chat/stack';
import pg from 'pg';
import { test as base } from 'vitest';

export type Query = <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<Row[]>;

/** Tests on a whole local stack with data of its own, one for each file. */
export const test = base
  .extend('dataDir', { scope: 'file' }, async ({}, { onCleanup }) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'chat-journey-'));
    onCleanup(() => rm(dataDir, { recursive: true, force: true }));
    return dataDir;
  })
  .extend('stack', { scope: 'file' }, async ({ dataDir }, { onCleanup }) => {
    const stack = await startStack({ dataDir });
    onCleanup(() => stack.close());
    return stack;
  })
  .extend('query', { scope: 'file' }, ({ stack }, { onCleanup }): Query => {
    const database = new pg.Pool({ connectionString: stack.postgres, max: 2 });
    // A test may kill the server under an idle connection; the next query opens another.
    database.on('error', () => undefined);
    onCleanup(() => database.end());
    return async (sql, values = []) => (await database.query(sql, values)).rows;
  });

// The start gets the time limit of a hook, which is longer than that of a test.
test.beforeAll(({ stack }) => void stack);
