import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack, type Stack } from '@chat/stack';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';

type Query = <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<Row[]>;

export interface HeldStack {
  readonly stack: Stack;
  readonly query: Query;
}

/** A whole stack of its own, with its own data, for the tests of one file. */
export function useStack(): HeldStack {
  let running: { stack: Stack; database: pg.Pool; directory: string } | undefined;

  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'chat-journey-'));
    const stack = await startStack({ dataDir: directory });
    const database = new pg.Pool({ connectionString: stack.postgres, max: 2 });
    // A test may kill the server under an idle connection; the next query makes another.
    database.on('error', () => undefined);
    running = { stack, directory, database };
  });
  afterAll(async () => {
    await running?.database.end();
    await running?.stack.close();
    if (running) await rm(running.directory, { recursive: true, force: true });
  });

  function started() {
    if (running === undefined) throw new Error('useStack() is ready only inside a test');
    return running;
  }
  return {
    get stack() {
      return started().stack;
    },
    query: async (sql, values = []) => (await started().database.query(sql, values)).rows,
  };
}
