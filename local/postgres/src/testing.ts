import { silent, type Log } from '@chat/processes';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { startPostgres, type Postgres } from './postgres.ts';

/** Debian's PostgreSQL of the oldest version that is supported; undefined where it is not installed. */
export const OLDEST_BINARIES = ['/usr/lib/postgresql/15'].find(existsSync);

export interface TemporaryPostgresOptions {
  log?: Log;
  binaries?: string | undefined;
}

/** Starts a server with an empty database in a temporary folder, which `close` removes. */
export async function startTemporaryPostgres({
  log = silent,
  binaries,
}: TemporaryPostgresOptions = {}): Promise<Postgres> {
  const dataDir = await mkdtemp(join(tmpdir(), 'chat-postgres-'));
  await chmod(dataDir, 0o711); // as root, another user runs the server
  const postgres = await startPostgres({ dataDir, durable: false, log, binaries });
  return {
    url: postgres.url,
    get pid() {
      return postgres.pid;
    },
    async close() {
      await postgres.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

/**
 * A temporary PostgreSQL server with as many databases as a test file needs. Its starter must stop
 * it.
 */
export interface DatabaseServer {
  /**
   * Creates a database and returns its address.
   * @param templateUrl database to copy, without open connections; default: an empty one. A copy is
   * faster than preparing each database.
   */
  createDatabase(templateUrl?: string): Promise<string>;
  /**
   * Cuts every connection and resolves once the server has been started again.
   * @param how `crash` also loses what is not on disk
   */
  restart(how: 'orderly' | 'crash'): Promise<void>;
  stop(): Promise<void>;
}

export async function startDatabaseServer(options: TemporaryPostgresOptions = {}): Promise<DatabaseServer> {
  const server = await startTemporaryPostgres(options);
  const addressOf = (name: string) => Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
  const creations: Promise<unknown>[] = [];
  return {
    async createDatabase(templateUrl) {
      const name = `test_${creations.length + 1}`;
      const template = templateUrl ? new URL(templateUrl).pathname.slice(1) : 'template0';
      const created = withClient(addressOf('postgres'), (client) =>
        client.query(`create database ${name} template ${template}`),
      );
      creations.push(created);
      await created;
      return addressOf(name);
    },
    async restart(how) {
      // A copy that is created ahead for the next test must not lose its connection.
      await Promise.allSettled(creations);
      const before = server.pid;
      process.kill(before, how === 'crash' ? 'SIGQUIT' : 'SIGINT');
      while (server.pid === before) await delay(20); // its supervisor starts it again
    },
    async stop() {
      await Promise.allSettled(creations); // one may still run although its caller no longer waits
      await server.close();
    },
  };
}

/**
 * Prepares one template database and returns a function that resolves with the address of a copy.
 * The next copy is created while the current one is in use.
 * @param prepare brings an empty database into the state to copy, for instance by migrating it
 */
export async function templateDatabases(
  server: DatabaseServer,
  prepare: (databaseUrl: string) => Promise<unknown>,
): Promise<() => Promise<string>> {
  const template = await server.createDatabase();
  await prepare(template);
  const createNext = () => {
    const copy = server.createDatabase(template);
    copy.catch(() => undefined); // reported to the caller that awaits this copy
    return copy;
  };
  let next = createNext();
  return () => {
    const copy = next;
    next = createNext();
    return copy;
  };
}

/** Runs `use` with a connection of its own, and closes it. */
export async function withClient<Result>(
  databaseUrl: string,
  use: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
