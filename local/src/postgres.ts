import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataDir } from './data-dir.ts';
import { silent, type Log } from './log.ts';
import { findBinaries } from './postgres/binaries.ts';
import { ensureDatabase } from './postgres/client.ts';
import { openHome } from './postgres/home.ts';
import { claim, stopOrphan } from './postgres/owner.ts';
import { ensureCluster, startServer, stopServer, type Server } from './postgres/server.ts';
import { supervise } from './supervise.ts';

const USER = 'chat';
const DATABASE = 'chat';

export interface Postgres {
  /** `postgres://user:password@127.0.0.1:port/database`: a superuser, in an empty or remembered database. */
  readonly url: string;
  /** The server's process, which is started again whenever it ends by itself. */
  readonly pid: number;
  close(): Promise<void>;
}

export interface PostgresOptions {
  /** The folder that keeps the database (`postgres/` in it) and its password. */
  dataDir: string;
  /** Default true. False spares the disk, and loses data should the machine fail: for tests. */
  durable?: boolean;
  log?: Log;
  /** Gives up the start. */
  signal?: AbortSignal | undefined;
}

/**
 * Starts the PostgreSQL that npm installed, on 127.0.0.1 alone. Data, password and, where it is free, port are those of
 * the last time. As root the server runs as the system's user `postgres`.
 * @throws AlreadyRunning when another process runs the database in this folder
 */
export async function startPostgres({
  dataDir,
  durable = true,
  log = silent,
  signal,
}: PostgresOptions): Promise<Postgres> {
  const folder = await openDataDir(dataDir);
  const place = await openHome(folder.path);
  const release = await claim(place.home);
  try {
    await stopOrphan(place.cluster);
    const server: Server = {
      ...place,
      binaries: await findBinaries(place.account),
      user: USER,
      password: folder.secrets.postgresPassword,
      port: await folder.choosePort('postgresPort'),
      logFile: join(folder.path, 'logs/postgres.log'),
      log,
      durable,
    };
    await ensureCluster(server);
    const url = (database: string) =>
      `postgres://${USER}:${server.password}@127.0.0.1:${server.port}/${database}`;
    const process = await supervise({
      name: 'postgres',
      start: (stopping) => startServer(server, url('postgres'), stopping),
      stop: stopServer,
      log,
      signal,
    });
    try {
      await ensureDatabase(url('postgres'), DATABASE);
    } catch (error) {
      await process.stop();
      throw error;
    }
    return {
      url: url(DATABASE),
      get pid() {
        return process.pid;
      },
      async close() {
        await process.stop();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** For tests: an empty database in a folder of its own, which `close` removes. */
export async function startTemporaryPostgres(log: Log = silent): Promise<Postgres> {
  const dataDir = await mkdtemp(join(tmpdir(), 'chat-postgres-'));
  await chmod(dataDir, 0o711); // as root another user runs the server
  const postgres = await startPostgres({ dataDir, durable: false, log });
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
