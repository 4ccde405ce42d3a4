import { join } from 'node:path';
import type pg from 'pg';
import { applyFunctions } from './apply-functions.ts';
import { applyMigrations } from './apply-migrations.ts';
import { connect, describeError } from './connection.ts';
import { ensureUnicode } from './encoding.ts';
import { MigrationFailed, UnreleasedSchema } from './errors.ts';
import { readSqlFiles, type SqlFiles } from './files.ts';

export { MigrationFailed, UnreleasedSchema } from './errors.ts';

export const SQL_FOLDER = join(import.meta.dirname, '..');

/** Keys of the advisory lock that serializes migrations; sql/README.md lists all advisory locks. */
export const MIGRATE_LOCK = '2024, 0';

/**
 * Brings a database to the newest schema: applies the files of `migrations` that it does not have,
 * then the files of `functions` that changed. Safe to call at any time, also concurrently: later
 * callers wait, then find nothing to do.
 *
 * Everything happens in one transaction. Migration libraries commit the numbered files on their
 * own, so a function file that fails would leave new tables with old functions.
 * @param folder contains the folders `migrations` and `functions`
 * @returns the names of the files applied now; empty when there was nothing to do
 * @throws MigrationFailed when the database cannot be reached, is not UTF-8 or rejects a file
 * @throws UnreleasedSchema
 */
export async function migrate(databaseUrl: string, folder = SQL_FOLDER): Promise<{ applied: string[] }> {
  const files = await readSqlFiles(folder);
  const client = await connect(databaseUrl);
  try {
    await ensureUnicode(client);
    await client.query('begin isolation level read committed');
    await client.query(`select pg_advisory_xact_lock(${MIGRATE_LOCK})`);
    const applied = await applyFiles(client, files);
    await client.query('commit');
    return { applied };
  } catch (error) {
    if (error instanceof MigrationFailed || error instanceof UnreleasedSchema) throw error;
    throw new MigrationFailed(`Could not migrate the database: ${describeError(error)}`, { cause: error });
  } finally {
    await client.end(); // PostgreSQL rolls back an open transaction
  }
}

async function applyFiles(client: pg.Client, files: SqlFiles): Promise<string[]> {
  const migrations = await applyMigrations(client, files.migrations);
  // A newer version has migrated this database. Its functions suit its tables; ours may not.
  if (migrations === 'ahead') return [];
  return [...migrations, ...(await applyFunctions(client, files.functions))];
}
