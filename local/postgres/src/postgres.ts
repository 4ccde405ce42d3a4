import { claim, openDataFolder, openOnPort, silent, supervise, type Log } from '@chat/processes';
import { join } from 'node:path';
import { findBinaries } from './binaries.ts';
import { ensureDatabase } from './client.ts';
import { openHome } from './home.ts';
import { serversOf, stopOrphan } from './orphan.ts';
import { ensureCluster, startServer, stopServer, type Server } from './server.ts';

const USER = 'chat';
const DATABASE = 'chat';

export interface Postgres {
  /** `postgres://user:password@127.0.0.1:port/database`, as a superuser. */
  readonly url: string;
  /** Pid of the server. It is restarted whenever it ends by itself. */
  readonly pid: number;
  close(): Promise<void>;
}

export interface PostgresOptions {
  /** Folder of the database (in `postgres/`), its password, its port and its log. */
  dataDir: string;
  /** Default true. False skips fsync, for tests: faster, but a crash of the machine loses data. */
  durable?: boolean;
  /** Folder of the server's programs (in `bin/`), of PostgreSQL 15 or later. Default: npm's. */
  binaries?: string | undefined;
  log?: Log;
  /** Aborts the start. */
  signal?: AbortSignal | undefined;
}

/**
 * Starts the PostgreSQL that npm installed, on 127.0.0.1 alone, with the data, the password and, if
 * it is free, the port of the last run. As root, the server runs as the system's user `postgres`.
 * @throws AlreadyRunning when another process runs the database in this folder
 */
export async function startPostgres({
  dataDir,
  durable = true,
  binaries,
  log = silent,
  signal,
}: PostgresOptions): Promise<Postgres> {
  const folder = openDataFolder(dataDir);
  const folders = await openHome(folder.path);
  const release = await claim(folders.home, async () => (await serversOf(folders.cluster))[0]);
  try {
    await stopOrphan(folders.cluster);
    const settings: Omit<Server, 'port'> = {
      ...folders,
      binaries: binaries ?? (await findBinaries(folders.account)),
      user: USER,
      password: folder.secret('postgresPassword'),
      logFile: join(folder.logs, 'postgres.log'),
      log,
      durable,
    };
    await ensureCluster(settings);
    const { process, url } = await openOnPort(
      () => folder.choosePort('postgresPort'),
      async (port) => {
        const server = { ...settings, port };
        const url = (database: string) =>
          `postgres://${USER}:${server.password}@127.0.0.1:${port}/${database}`;
        const process = await supervise({
          name: 'postgres',
          start: (stopping) => startServer(server, url('postgres'), stopping),
          stop: stopServer,
          log,
          signal,
        });
        return { process, url };
      },
    );
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
