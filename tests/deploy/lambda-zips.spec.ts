import type { Postgres } from '@chat/postgres';
import { startTemporaryPostgres } from '@chat/postgres/testing';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLambdaZips, type LambdaZips } from './support/lambda-zips.ts';

/*
 * The zips for AWS, unpacked outside the repository and run by AWS's Runtime API with the
 * environment that the CDK stack sets: the password comes from Secrets Manager.
 */

const HISTORY_SECRET = 'a secret of the history function';

/** As the demo of 2021 published it, without the sequence. */
const TABLE_OF_2021 = `create table public.chat_data (
  username text, msg_id text not null, msg_data text, client_id text,
  incremental_record_id bigint not null, created_at_timestamp bigint, is_edited boolean,
  constraint chat_data_pkey primary key (msg_id))`;

let folder: string;
let postgres: Postgres;
let lambda: LambdaZips;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chat-zips-'));
  postgres = await startTemporaryPostgres();
  await query('create database of_2021');
  lambda = await startLambdaZips(folder, postgres.url, {
    historySecret: HISTORY_SECRET,
    additional: async (env) => [
      {
        name: 'migrate-2021',
        bundle: join(folder, 'migrate/index.mjs'),
        env: { ...env, PGDATABASE: 'of_2021' },
        timeoutSeconds: 60,
      },
      { name: 'migrate-broken', bundle: await addBrokenMigration(), env, timeoutSeconds: 60 },
    ],
  });
});
afterAll(async () => {
  await lambda?.close();
  await postgres?.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the migrating function', () => {
  test('applies sql/ to an empty database, and nothing the second time', async () => {
    const first = await lambda.invoke('migrate', { RequestType: 'Create' });
    expect(first).toMatchObject({
      PhysicalResourceId: 'chat-migrations',
      Data: { applied: expect.stringContaining('0001-chat-data') as string },
    });
    const second = await lambda.invoke('migrate', { RequestType: 'Update' });
    expect(second).toMatchObject({ PhysicalResourceId: 'chat-migrations', Data: { applied: '' } });
  });

  test('migrates the table of the 2021 demo with its rows', async () => {
    await query(TABLE_OF_2021, 'of_2021');
    await query(`insert into chat_data values ('Ann', 'a', 'first', 'c1', 1, 1000, false)`, 'of_2021');
    await lambda.invoke('migrate-2021', { RequestType: 'Create' });
    await lambda.invoke('migrate-2021', { RequestType: 'Update' });
    const rows = await query('select msg_id, msg_data, revision from chat_data', 'of_2021');
    expect(rows).toEqual([{ msg_id: 'a', msg_data: 'first', revision: 1 }]);
  });

  test('fails the deployment with PostgreSQL’s error, and rolls everything back', async () => {
    const failure = lambda.invoke('migrate-broken', { RequestType: 'Update' });
    await expect(failure).rejects.toThrow(/MigrationFailed.*9999-broken.*no_such_column/);
    expect(await query("select to_regclass('half_made') as found")).toEqual([{ found: null }]);
  });

  test('does nothing when the stack is deleted, so it cannot block the deletion', async () => {
    await lambda.invoke('migrate', { RequestType: 'Delete' });
    await expect(lambda.invoke('migrate-broken', { RequestType: 'Delete' })).resolves.toMatchObject({
      Data: { applied: '' },
    });
    expect(await query('select count(*)::integer as rows from chat_data')).toEqual([{ rows: 0 }]);
  });
});

describe('the deployed functions', () => {
  test('write what a rule sends, and read it', async () => {
    const message = {
      id: 'm1',
      name: 'chatMsg',
      clientId: 'ann',
      timestamp: Date.now(),
      encoding: 'json',
      data: JSON.stringify({ username: 'Ann', content: 'from the zip' }),
    };
    await lambda.invoke('writer', {
      source: 'channel.message',
      channel: 'outgoing-chat',
      messages: [message],
    });
    expect(await query('select msg_id, msg_data from chat_data')).toEqual([
      { msg_id: 'm1', msg_data: 'from the zip' },
    ]);

    const page = await fetch(`${lambda.url}/url/history?limit=5`, {
      headers: { authorization: `Bearer ${HISTORY_SECRET}` },
    });
    expect(await page.json()).toMatchObject({ rows: [{ msg_id: 'm1' }] });
    expect((await fetch(`${lambda.url}/url/history?limit=5`)).status).toBe(401);
  });

  test('count unpublished row changes', async () => {
    // The triggers that `migrate` created captured the message of the test before.
    const channels = 'delete from outbox returning channel';
    expect(await query(channels)).toEqual([{ channel: 'incoming-chat' }]);
    expect(await lambda.invoke('connectorWatch', {})).toEqual({ rowsWaiting: 0, rowsSetAside: 0 });
    await query(
      `insert into outbox (mutation_id, channel, name, data) values ('x', 'incoming-chat', 'n', '{}')`,
    );
    expect(await lambda.invoke('connectorWatch', {})).toEqual({ rowsWaiting: 1, rowsSetAside: 0 });
  });
});

test('the zips are far below AWS’s limit of 50 MB', () => {
  expect(Object.keys(lambda.zipBytes)).toHaveLength(5);
  for (const [name, bytes] of Object.entries(lambda.zipBytes)) expect(bytes, name).toBeLessThan(2_000_000);
});

async function addBrokenMigration(): Promise<string> {
  const broken = join(folder, 'broken');
  await cp(join(folder, 'migrate'), broken, { recursive: true });
  await writeFile(
    join(broken, 'migrations/9999-broken.sql'),
    'create table half_made (); select no_such_column;',
  );
  return join(broken, 'index.mjs');
}

async function query(sql: string, database?: string): Promise<unknown[]> {
  const address = new URL(postgres.url);
  if (database) address.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: address.href });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
