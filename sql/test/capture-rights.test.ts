import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '../src/migrate.ts';
import { captureTable } from './support/capture.ts';
import { startDatabaseServer, withClient } from './support/database-server.ts';
import type { DatabaseServer } from './support/database-server.ts';

let server: DatabaseServer;
beforeAll(async () => {
  server = await startDatabaseServer();
});
afterAll(() => server.stop());

// The capture functions run with their owner's rights: whatever they find through the writer's search_path would run with them too.
test('a writer cannot slip the capture functions or types and tables of its own', async () => {
  const url = await server.createDatabase();
  await migrate(url);
  await withClient(url, async (client) => {
    await captureTable(client);
    await client.query(`
      create role intruder;
      create schema hostile authorization intruder;
      grant insert, update, delete on chat_data to intruder;
      grant usage on sequence chat_data_incremental_record_id_seq to intruder;
      set role intruder;
      create function hostile.trap() returns text language plpgsql as $$
        begin raise exception 'trapped as %', current_user; end $$;
      create function hostile.jsonb_build_object(text, text, text, text, text, anyelement) returns jsonb
        language sql as 'select hostile.trap()::jsonb';
      create function hostile.pg_try_advisory_lock_shared(int, int) returns boolean language sql as 'select hostile.trap()::boolean';
      create function hostile.pg_advisory_unlock_shared(int, int) returns boolean language sql as 'select hostile.trap()::boolean';
      create function hostile.pg_notify(text, text) returns void language sql as 'select hostile.trap()';
      create function hostile.uuidv7() returns uuid language sql as 'select hostile.trap()::uuid';
      create function hostile.nextval(regclass) returns bigint language sql as 'select hostile.trap()::bigint';
      create domain hostile.text as pg_catalog.text check (hostile.trap() is null);
      create table hostile.outbox (channel pg_catalog.text, name pg_catalog.text, data jsonb);
      create table hostile.new_rows (msg_id pg_catalog.text);
      create table hostile.old_rows (msg_id pg_catalog.text);
      set search_path = hostile, pg_catalog, public`);
    await client.query(`insert into public.chat_data (msg_id) values ('a')`);
    await client.query(`update public.chat_data set msg_data = 'b'`);
    await client.query(`delete from public.chat_data`);
    await client.query('reset role; reset search_path');
    const { rows } = await client.query("select data ->> 'type' as type from outbox order by sequence_id");
    expect(rows.map(({ type }) => type)).toEqual(['INSERT', 'UPDATE', 'DELETE']);
  });
});
