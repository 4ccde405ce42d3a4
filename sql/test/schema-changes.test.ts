import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { migrate, MigrationFailed, UnreleasedSchema } from '../src/migrate.ts';
import { withClient } from '@chat/postgres/testing';
import { dumpSchema } from './support/dump-schema.ts';
import { test } from './support/fixtures.ts';
import { copySqlFolder, type SqlFolder } from './support/sql-folder.ts';

const dumpOf = (url: string) => withClient(url, dumpSchema);

/** Replaces part of a file in the folder. */
async function edit(folder: SqlFolder, name: string, before: string | RegExp, after: string): Promise<void> {
  const text = await readFile(join(folder.path, name), 'utf8');
  expect(text).toMatch(before);
  await folder.write(name, text.replaceAll(before, after));
}

describe('migrate: a changed function file', () => {
  test('is applied again, alone and once', async ({ url }) => {
    await using folder = await copySqlFolder();
    await edit(folder, 'functions/nudge.sql', /could not notify/g, 'failed to notify');
    expect(await migrate(url, folder.path)).toEqual({ applied: ['functions/nudge.sql'] });
    const { rows } = await withClient(url, (client) =>
      client.query(`select prosrc from pg_proc where proname = 'outbox_notify'`),
    );
    expect(rows).toEqual([{ prosrc: expect.stringContaining('failed to notify') }]);
    expect(await migrate(url, folder.path)).toEqual({ applied: [] });
  });

  test('may have another name', async ({ url }) => {
    await using folder = await copySqlFolder();
    await folder.write(
      'functions/wake.sql',
      await readFile(join(folder.path, 'functions/nudge.sql'), 'utf8'),
    );
    await folder.remove('functions/nudge.sql');
    expect(await migrate(url, folder.path)).toEqual({ applied: ['functions/wake.sql'] });
    expect(await migrate(url, folder.path)).toEqual({ applied: [] });
  });

  test('rolls back the migrations before it when PostgreSQL rejects it', async ({ url }) => {
    await using folder = await copySqlFolder();
    const before = await dumpOf(url);
    await folder.write('migrations/9001-more.sql', 'create table public.more ();');
    await folder.write(
      'functions/more.sql',
      'create or replace function public.more() returns integr language sql as $$ $$;',
    );
    await expect(migrate(url, folder.path)).rejects.toThrow(
      /stopped at functions\/more.sql and changed nothing: .*integr/,
    );
    expect(await dumpOf(url)).toBe(before);
  });

  test('is also applied when one of its functions is missing in the database', async ({ url, client }) => {
    const before = await dumpSchema(client);
    await client.query('drop function public.outbox_notify() cascade');
    expect(await migrate(url)).toEqual({ applied: ['functions/nudge.sql'] });
    expect(await dumpSchema(client)).toBe(before);
  });
});

describe('migrate: a changed signature without a migration that drops the old one', () => {
  test.for([
    {
      change: 'another parameter',
      from: 'outbox_message_bytes(name text, data text, headers jsonb)\n',
      to: 'outbox_message_bytes(name text, data text, headers jsonb, extras jsonb)\n',
      message: /drop function public.outbox_message_bytes\(name text, data text, headers jsonb\);/,
    },
    {
      change: 'another name',
      from: 'outbox_message_bytes',
      to: 'outbox_message_size',
      message: /drop function public.outbox_message_bytes\(name text, data text, headers jsonb\);/,
    },
    {
      change: 'another parameter of a function with restricted rights',
      from: /(create or replace function public.outbox_settle\(|revoke execute on function public.outbox_settle\(\n)/g,
      to: '$1 text, ',
      message: /drop function public.outbox_settle\(node_id text, batch_ids bigint\[\], .*\);/,
    },
    {
      change: 'another result',
      from: 'returns bigint',
      to: 'returns integer',
      message: /outbox_message_bytes\(text,text,jsonb\) first.* Drop the function in a new file/,
    },
    {
      change: 'another parameter name',
      from: 'outbox_settle(\n  node_id text',
      to: 'outbox_settle(\n  id text',
      message: /cannot change name of input parameter.* Drop the function in a new file/,
    },
  ])('is rejected with what to do: $change', async ({ from, to, message }, { url }) => {
    await using folder = await copySqlFolder();
    const before = await dumpOf(url);
    await edit(folder, 'functions/drain.sql', from, to);
    const failure = await migrate(url, folder.path).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MigrationFailed);
    expect(failure).toMatchObject({ message: expect.stringMatching(message) });
    expect(await dumpOf(url)).toBe(before);
  });

  test('is applied once the migration is there', async ({ url }) => {
    await using folder = await copySqlFolder();
    await edit(folder, 'functions/drain.sql', 'outbox_message_bytes', 'outbox_message_size');
    await folder.write(
      'migrations/9001-size.sql',
      'drop function public.outbox_message_bytes(name text, data text, headers jsonb);',
    );
    const applied = ['migrations/9001-size.sql', 'functions/drain.sql'];
    expect(await migrate(url, folder.path)).toEqual({ applied });
  });
});

describe('migrate: a database with other migrations than the files', () => {
  test('is left unchanged when a newer version migrated it', async ({ url }) => {
    await using newer = await copySqlFolder();
    await newer.write('migrations/9001-more.sql', 'create table public.more ();');
    await newer.write(
      'functions/more.sql',
      'create or replace function public.more() returns integer language sql as $$ select 1 $$;',
    );
    await migrate(url, newer.path);
    const before = await dumpOf(url);
    expect(await migrate(url)).toEqual({ applied: [] });
    expect(await dumpOf(url)).toBe(before);
  });

  test('is rejected when another branch migrated it', async ({ url }) => {
    await using theirs = await copySqlFolder();
    await theirs.write('migrations/9001-theirs.sql', 'create table public.theirs ();');
    await migrate(url, theirs.path);
    await using ours = await copySqlFolder();
    await ours.write('migrations/9001-ours.sql', 'create table public.ours ();');
    const failure = migrate(url, ours.path);
    await expect(failure).rejects.toBeInstanceOf(UnreleasedSchema);
    await expect(failure).rejects.toThrow('migrations/9001-theirs.sql');
  });

  test('is rejected when a file has a lower number than an applied one', async ({ url }) => {
    await using folder = await copySqlFolder();
    await folder.write('migrations/9001-late.sql', 'create table public.late ();');
    await migrate(url, folder.path);
    await folder.write('migrations/9001-early.sql', 'create table public.early ();');
    await expect(migrate(url, folder.path)).rejects.toThrow(
      'migrations/9001-early.sql needs a higher number: the database already has migrations/9001-late.sql',
    );
  });

  test('is rejected unchanged when an unreleased version created it', async ({ emptyUrl: url }) => {
    await withClient(url, async (client) => {
      await client.query(UNRELEASED_SCHEMA);
      const content = () =>
        client.query('select * from chat_data, chat_private.applied_migrations order by id');
      const before = { schema: await dumpSchema(client), rows: (await content()).rows };
      const failure = migrate(url);
      await expect(failure).rejects.toBeInstanceOf(UnreleasedSchema);
      await expect(failure).rejects.toThrow(
        /0001-chat-data, 0002-outbox, 0003-outbox-capture.*Nothing was changed/,
      );
      expect({ schema: await dumpSchema(client), rows: (await content()).rows }).toEqual(before);
    });
  });
});

/**
 * What matters of the schema before the first release: its messages and its record of migrations.
 */
const UNRELEASED_SCHEMA = `
  create table public.chat_data (
    username text, msg_id text not null primary key, msg_data text, client_id text,
    incremental_record_id bigserial, created_at_timestamp bigint, is_edited boolean,
    revision integer not null default 1, edited_at_timestamp bigint
  );
  insert into public.chat_data (msg_id, msg_data) values ('m', 'hello');
  create schema chat_private;
  create table chat_private.applied_migrations (
    id serial primary key, name varchar(255) not null, run_on timestamp not null default now()
  );
  insert into chat_private.applied_migrations (name)
  values ('0001-chat-data'), ('0002-outbox'), ('0003-outbox-capture');`;
