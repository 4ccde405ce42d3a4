import { openDataFolder, silent, supervise, type Log } from '@chat/processes';
import { join } from 'node:path';
import { findBinaries } from './binaries.ts';
import { ensureDatabase } from './client.ts';
import { openHome } from './home.ts';
import { claim, stopOrphan } from './owner.ts';
import { ensureCluster, startServer, stopServer, type Server } from './server.ts';

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
  const folder = openDataFolder(dataDir);
  const place = await openHome(folder.path);
  const release = await claim(place.home);
  try {
    await stopOrphan(place.cluster);
    const server: Server = {
      ...place,
      binaries: await findBinaries(place.account),
      user: USER,
      password: folder.secret('postgresPassword'),
      port: await folder.choosePort('postgresPort'),
      logFile: join(folder.logs, 'postgres.log'),
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
