import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { connect, describeError } from './connection.ts';
import { MigrationFailed } from './errors.ts';
import { MIGRATE_LOCK, SQL_FOLDER } from './migrate.ts';

/** The login of each part, with the rights that `logins.sql` grants. */
export const LOGINS = {
  writer: 'chat_writer',
  history: 'chat_history',
  connector: 'chat_connector',
} as const;

export type Passwords = Readonly<Record<keyof typeof LOGINS, string>>;

/**
 * Creates the logins that the server lacks and gives each exactly the rights of `logins.sql`. Call it
 * after `migrate`, as the owner of the tables, at any time.
 *
 * Sets the password of an existing login only if the server rejects the given one: a rotation may
 * have stored a newer one meanwhile.
 * @param folder contains `logins.sql`
 * @throws MigrationFailed with what PostgreSQL rejected; nothing was changed
 */
export async function ensureLogins(
  databaseUrl: string,
  passwords: Passwords,
  folder = SQL_FOLDER,
): Promise<void> {
  const rights = await readFile(join(folder, 'logins.sql'), 'utf8');
  const client = await connect(databaseUrl);
  try {
    await client.query('begin');
    await client.query(`select pg_advisory_xact_lock(${MIGRATE_LOCK})`);
    for (const [part, login] of Object.entries(LOGINS)) {
      await createLogin(client, login);
      const password = passwords[part as keyof typeof LOGINS];
      if (await isRejected(databaseUrl, login, password)) {
        await client.query(`alter role ${login} password ${pg.escapeLiteral(password)}`);
      }
    }
    await client.query(rights);
    await client.query('commit');
  } catch (error) {
    if (error instanceof MigrationFailed) throw error;
    throw new MigrationFailed(
      `Could not create the logins ${Object.values(LOGINS).join(', ')}: ${describeError(error)}. ` +
        'The user of the database needs CREATEROLE and must own the tables. Nothing was changed.',
      { cause: error },
    );
  } finally {
    await client.end(); // PostgreSQL rolls back an open transaction
  }
}

/** Roles belong to the whole server: a migration of another database may create the same one now. */
async function createLogin(client: pg.Client, login: string): Promise<void> {
  await client.query(
    `do $$ begin
       if not exists (select from pg_roles where rolname = '${login}') then create role ${login} login; end if;
     exception when duplicate_object or unique_violation then null;
     end $$`,
  );
}

/** Also true for a login that the open transaction creates: other sessions do not see it yet. */
async function isRejected(databaseUrl: string, user: string, password: string): Promise<boolean> {
  const url = Object.assign(new URL(databaseUrl), { username: user, password: encodeURIComponent(password) });
  const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined); // the rejected promise reports it
  try {
    await client.connect();
    return false;
  } catch (error) {
    // invalid_password, invalid_authorization_specification (no such role)
    if (['28P01', '28000'].includes((error as pg.DatabaseError).code ?? '')) return true;
    throw error;
  } finally {
    await client.end();
  }
}
