import { RowChangeMessageSchema } from '@chat/contract';
import * as v from 'valibot';
import { test as base, expect, vi } from 'vitest';
import { rawConfig } from './connector.ts';
import { startPostgres, type TestDatabase } from './postgres.ts';
import { startStubAbly, type StubAbly } from './stub-ably.ts';

/** What most tests do with the chat's table, and see at Ably. */
export interface Chat {
  /** Inserts the rows `m<from>` to `m<to>` in one statement. */
  insert(from: number, to: number): Promise<unknown>;
  /** Ids of the rows in the order in which Ably accepted their changes, repeats included. */
  acceptedRows(channel?: string): string[];
  /** The same as a subscriber sees it: Ably discards repeated message ids. */
  seenRows(): string[];
  /** Ids of the outbox rows that are not settled. */
  pendingRows(): Promise<object[]>;
  /** Resolves once every row change is published and settled. */
  isPublished(): Promise<void>;
}

/** Most tests wait for processes and a server, which takes long on a busy machine. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

/**
 * One server per test file; for each test a migrated database and an Ably stub. Each file calls
 * `test.beforeAll(({ postgres }) => void postgres)` on the `test` that it uses, so that the server
 * starts within the time limit of hooks, not of the first test.
 */
export const test = base
  .extend('postgres', { scope: 'file' }, async ({}, { onCleanup }) => {
    const postgres = await startPostgres();
    onCleanup(() => postgres.stop());
    return postgres;
  })
  .extend('database', async ({ postgres }, { onCleanup }) => {
    const database = await postgres.createDatabase();
    onCleanup(() => database[Symbol.asyncDispose]());
    return database;
  })
  .extend('ably', async ({}, { onCleanup }) => {
    const ably = await startStubAbly();
    onCleanup(() => ably.close());
    return ably;
  })
  /** Publishes the chat's table from this database to this stub. */
  .extend('config', ({ database, ably }) => rawConfig(database, ably))
  .extend('chat', ({ database, ably }) => createChat(database, ably));

/** `m<from>` to `m<to>` */
export const idsOf = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `m${from + index}`);

function createChat(database: TestDatabase, ably: StubAbly): Chat {
  const rowOf = ({ data }: { data?: string | undefined }) => v.parse(RowChangeMessageSchema, data).row.msg_id;
  const pendingRows = () => database.query('select sequence_id from outbox where not processed');
  return {
    insert: (from, to) =>
      database.query(
        `insert into chat_data (msg_id, msg_data)
         select 'm' || i, 'text ' || i from generate_series($1::int, $2::int) as i`,
        [from, to],
      ),
    acceptedRows: (channel = 'incoming-chat') =>
      ably.accepted.filter((message) => message.channel === channel).map(rowOf),
    seenRows: () => [...new Map(ably.accepted.map((message) => [message.id, message])).values()].map(rowOf),
    pendingRows,
    isPublished: () => expect.poll(pendingRows, { timeout: 30_000 }).toEqual([]),
  };
}
