import { expect } from 'vitest';
import { captureTable } from './support/capture.ts';
import { test } from './support/fixtures.ts';

/** A writer's own objects, under the names that the capture functions use. */
const HOSTILE_SCHEMA = `
  create function hostile.trap() returns text language plpgsql as $$
    begin raise exception 'trapped as %', current_user; end $$;
  create function hostile.jsonb_build_object(text, text, text, text, text, anyelement) returns jsonb
    language sql as 'select hostile.trap()::jsonb';
  create function hostile.pg_try_advisory_lock_shared(int, int) returns boolean
    language sql as 'select hostile.trap()::boolean';
  create function hostile.pg_advisory_unlock_shared(int, int) returns boolean
    language sql as 'select hostile.trap()::boolean';
  create function hostile.pg_notify(text, text) returns void
    language sql as 'select hostile.trap()';
  create function hostile.uuidv7() returns uuid language sql as 'select hostile.trap()::uuid';
  create function hostile.nextval(regclass) returns bigint
    language sql as 'select hostile.trap()::bigint';
  create domain hostile.text as pg_catalog.text check (hostile.trap() is null);
  create table hostile.outbox (channel pg_catalog.text, name pg_catalog.text, data jsonb);
  create table hostile.new_rows (msg_id pg_catalog.text);
  create table hostile.old_rows (msg_id pg_catalog.text);`;

test('capture: a writer’s search_path cannot replace the functions, types and tables it uses', async ({
  client,
}) => {
  await captureTable(client);
  await client.query(`
    create role intruder;
    create schema hostile authorization intruder;
    grant insert, update, delete on chat_data to intruder;
    grant usage on sequence chat_data_incremental_record_id_seq to intruder;
    set role intruder;
    ${HOSTILE_SCHEMA}
    set search_path = hostile, pg_catalog, public`);
  await client.query(`insert into public.chat_data (msg_id) values ('a')`);
  await client.query(`update public.chat_data set msg_data = 'b'`);
  await client.query(`delete from public.chat_data`);
  await client.query('reset role; reset search_path');
  const { rows } = await client.query("select data ->> 'type' as type from outbox order by sequence_id");
  expect(rows.map(({ type }) => type)).toEqual(['INSERT', 'UPDATE', 'DELETE']);
});
