import type pg from 'pg';
import { describe, expect } from 'vitest';
import { captureTable } from './support/capture.ts';
import { test } from './support/fixtures.ts';

/** Executable by every role: they read only catalogs and the floor; a claim calls them. */
const PUBLIC_FUNCTIONS = [
  'public.outbox_cut_deletion',
  'public.outbox_floor',
  'public.outbox_key_columns',
  'public.outbox_key_in',
  'public.outbox_message_bytes',
  'public.outbox_uncaptured',
];

/**
 * Security definer without a search_path, which would cost every write; capture-rights.test.ts
 * attacks them through the writer's.
 */
const WITHOUT_SEARCH_PATH = ['insert', 'update', 'delete'].map((name) => `public.outbox_capture_${name}`);

const FUNCTIONS = `
  select oid::regproc::text as name, pronamespace::regnamespace || '.' || proname as qualified,
    prosecdef as is_definer, proowner::regrole = current_user::regrole as is_own,
    coalesce(proconfig::text, '') like '%search_path=pg_catalog, pg_temp%' as has_path,
    has_function_privilege('public', oid, 'execute') as is_public
  from pg_proc
  where pronamespace in ('public'::regnamespace, 'chat_private'::regnamespace)
  order by qualified`;

interface FunctionRights {
  qualified: string;
  is_definer: boolean;
  is_own: boolean;
  has_path: boolean;
  is_public: boolean;
}

describe('after a migration', () => {
  test('every function belongs to the owner, and other roles can execute none but the listed', async ({
    client,
  }) => {
    const { rows } = await client.query<FunctionRights>(FUNCTIONS);
    expect(rows.length).toBeGreaterThan(14);
    expect(rows.filter(({ is_own }) => !is_own)).toEqual([]);
    const open = rows.filter(({ is_public }) => is_public).map(({ qualified }) => qualified);
    expect(open).toEqual(PUBLIC_FUNCTIONS);
  });

  test('every function with its owner’s rights has a search_path, except the listed', async ({ client }) => {
    const { rows } = await client.query<FunctionRights>(FUNCTIONS);
    const definers = rows.filter(({ is_definer }) => is_definer);
    expect(definers.length).toBeGreaterThan(5);
    const without = definers.filter(({ has_path }) => !has_path).map(({ qualified }) => qualified);
    expect(without.sort()).toEqual(WITHOUT_SEARCH_PATH.sort());
  });

  test('other roles have no right on any table, sequence or private schema', async ({ client }) => {
    const { rows } = await client.query(`
      select oid::regclass::text as name from pg_class
      where relnamespace in ('public'::regnamespace, 'chat_private'::regnamespace) and case relkind
        when 'S' then has_sequence_privilege('public', oid, 'usage, select, update')
        when 'r' then has_table_privilege('public', oid,
          'select, insert, update, delete, truncate, references, trigger') end
      union all
      select 'chat_private' where has_schema_privilege('public', 'chat_private', 'usage, create')
      union all
      select 'public' where has_schema_privilege('public', 'public', 'create')`);
    expect(rows).toEqual([]);
  });
});

/**
 * Continues as a role that may read chat_data, as one for reports does. Roles belong to the whole
 * server: the transaction, which is never committed, takes it away again.
 */
async function becomeReporter(client: pg.Client): Promise<void> {
  await captureTable(client);
  await client.query('begin; create role reporter; grant select on chat_data to reporter; set role reporter');
}

describe('a role that may read chat_data', () => {
  test.for([
    ['insert', 'new'],
    ['update', 'new'],
    ['delete', 'old'],
  ])(
    'cannot publish a forged row by a trigger of its own for %s',
    async ([operation, version], { client }) => {
      await becomeReporter(client);
      await client.query('create temporary table mine (msg_id text)');
      const forging = client.query(
        `create trigger forge after ${operation} on mine referencing ${version} table as ${version}_rows
       for each statement execute function public.outbox_capture_${operation}('chat_data', 'incoming-chat')`,
      );
      await expect(forging).rejects.toThrow(
        `permission denied for function public.outbox_capture_${operation}`,
      );
    },
  );

  test.for([
    ['capture a TRUNCATE', "public.outbox_capture_truncate('chat_data', 'incoming-chat')", 'truncate'],
    ['notify connectors', 'public.outbox_notify()', 'insert'],
  ])('cannot %s by a trigger of its own', async ([, call, operation], { client }) => {
    await becomeReporter(client);
    await client.query('create temporary table mine (msg_id text)');
    const forging = client.query(
      `create trigger forge before ${operation} on mine for each statement execute function ${call}`,
    );
    await expect(forging).rejects.toThrow('permission denied for function');
  });

  test.for([
    "select chat_insert('a', 'eve', 1, 'Eve', 'forged')",
    `select chat_apply('{insert}', '{a}', '{eve}', '{1}', '{Eve}', '{forged}', '{null}')`,
    "insert into chat_data (msg_id) values ('a')",
    "insert into outbox (channel, name, data) values ('incoming-chat', 'x', '{}')",
    "insert into nodes (id, expiry) values ('n', now())",
    "insert into outbox_batches values (1, gen_random_uuid(), 'incoming-chat', 'n', '{1}')",
    "select outbox_claim('n', '{}', '{}', '', 1, 1, 1, 1, 1)",
    "select outbox_settle('n', '{1}', '{}', '{}', '{}', '{}')",
    "select chat_changes('3:3:', 1, 200)",
    'select chat_private.remember_deleted()',
    'select * from chat_private.deleted_messages',
    'select * from chat_private.truncates',
    'select * from outbox',
    "select nextval('chat_data_incremental_record_id_seq')",
  ])('cannot run %s', async (sql, { client }) => {
    await becomeReporter(client);
    await expect(client.query(sql)).rejects.toThrow('permission denied');
  });
});
