import type pg from 'pg';
import { applyFile } from './connection.ts';
import { MigrationFailed } from './errors.ts';
import type { SqlFile } from './files.ts';

interface RecordedFile {
  readonly name: string;
  readonly hash: string;
  readonly functions: readonly string[];
}

/**
 * Applies the function files that changed, or of which a function is missing in the database.
 * @returns their names
 * @throws MigrationFailed also when the database is left with a function that no file defines
 */
export async function applyFunctions(client: pg.Client, files: readonly SqlFile[]): Promise<string[]> {
  const { rows: recorded } = await client.query<RecordedFile>(
    'select name, hash, functions from chat_private.function_files',
  );
  const defined = files.flatMap(({ functions }) => functions);
  const present = (await findFunctions(client, defined)).map(({ name }) => name);
  const changed = files.filter(
    ({ name, hash, functions }) =>
      !recorded.some((file) => file.name === name && file.hash === hash) ||
      functions.some((definition) => !present.includes(definition)),
  );
  for (const file of changed) {
    await applyFile(client, file);
    await client.query(
      `insert into chat_private.function_files (name, hash, functions) values ($1, $2, $3)
       on conflict (name) do update
       set hash = excluded.hash, functions = excluded.functions, applied_at = now()`,
      [file.name, file.hash, file.functions],
    );
  }
  await client.query('delete from chat_private.function_files where name <> all ($1)', [
    files.map(({ name }) => name),
  ]);
  await ensureNoLeftovers(client, defined, recorded);
  return changed.map(({ name }) => name);
}

/**
 * PostgreSQL keeps a function that no file creates any more, and keeps the old version beside the
 * new one when its parameters changed: callers might reach either.
 */
async function ensureNoLeftovers(
  client: pg.Client,
  defined: readonly string[],
  recorded: readonly RecordedFile[],
): Promise<void> {
  const ever = [...defined, ...recorded.flatMap(({ functions }) => functions)];
  const leftovers = (await findFunctions(client, ever)).filter(
    ({ name, isNewest }) => !isNewest || !defined.includes(name),
  );
  if (leftovers.length === 0) return;
  const statements = leftovers.map(({ signature }) => `drop function ${signature};`).join(' ');
  throw new MigrationFailed(
    'Nothing was changed: the database would be left with a function that no file of sql/functions ' +
      `creates any more. Add a file to sql/migrations with: ${statements}`,
  );
}

interface DatabaseFunction {
  readonly name: string;
  readonly signature: string;
  /** False for one that was created before another of the same name. */
  readonly isNewest: boolean;
}

/** @param names qualified names */
async function findFunctions(client: pg.Client, names: readonly string[]): Promise<DatabaseFunction[]> {
  const { rows } = await client.query<DatabaseFunction>(
    `select name, name || '(' || pg_get_function_identity_arguments(oid) || ')' as signature,
       oid = max(oid) over (partition by name) as "isNewest"
     from (
       select p.oid, n.nspname || '.' || p.proname as name
       from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
     ) as qualified
     where name = any ($1)
     order by signature`,
    [names],
  );
  return rows;
}
