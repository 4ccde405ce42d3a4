import type pg from 'pg';
import { applyFile } from './connection.ts';
import { MigrationFailed, UnreleasedSchema } from './errors.ts';
import type { SqlFile } from './files.ts';

/**
 * Applies the numbered files that the database does not have.
 * @returns their names, or `ahead` when the database has later migrations than these files
 * @throws MigrationFailed, UnreleasedSchema
 */
export async function applyMigrations(
  client: pg.Client,
  files: readonly SqlFile[],
): Promise<string[] | 'ahead'> {
  const recorded = await readRecord(client);
  const pending = files.filter(({ name }) => !recorded.includes(name));
  const unknown = recorded.filter((name) => !files.some((file) => file.name === name));
  if (unknown.length > 0) {
    const newest = files.at(-1)?.name ?? '';
    if (pending.length === 0 && unknown.every((name) => name > newest)) return 'ahead';
    throw new UnreleasedSchema(recorded);
  }
  const last = recorded.at(-1);
  const [first] = pending;
  if (last && first && first.name < last) {
    throw new MigrationFailed(`${first.name} needs a higher number: the database already has ${last}`);
  }

  for (const file of pending) {
    await applyFile(client, file);
    await client.query('insert into chat_private.migration_files (name) values ($1)', [file.name]);
  }
  return pending.map(({ name }) => name);
}

/**
 * Returns the names of the applied migrations, sorted. Creates the tables of the record if needed.
 */
async function readRecord(client: pg.Client): Promise<string[]> {
  const [tables] = (
    await client.query<{ unreleased: boolean; current: boolean }>(
      `select to_regclass('chat_private.applied_migrations') is not null as unreleased,
         to_regclass('chat_private.migration_files') is not null as current`,
    )
  ).rows;
  // The record that all versions before the first release kept.
  if (tables?.unreleased) {
    throw new UnreleasedSchema(await names(client, 'chat_private.applied_migrations'));
  }
  if (tables?.current) return names(client, 'chat_private.migration_files');
  await client.query(`
    create schema if not exists chat_private;
    create table chat_private.migration_files (
      name text primary key,
      applied_at timestamptz not null default now()
    );
    create table chat_private.function_files (
      name text primary key,
      hash text not null,
      functions text[] not null,
      applied_at timestamptz not null default now()
    )`);
  return [];
}

async function names(client: pg.Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select name from ${table} order by name collate "C"`,
  );
  return rows.map(({ name }) => name);
}
