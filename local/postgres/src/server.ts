import { describeExit, startChild, systemEnvironment, type Child, type Log } from '@chat/processes';
import { execFile } from 'node:child_process';
import { chown, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './account.ts';
import { waitForServer } from './client.ts';

const run = promisify(execFile);

/** Recovery after a crash can take long on a slow disk; a healthy start takes 0.1 s. */
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;

/** The server's messages must not depend on the machine's language. */
const ENVIRONMENT = { ...systemEnvironment(), LC_ALL: 'C', TZ: 'UTC' };

export interface Server {
  binaries: string;
  home: string;
  cluster: string;
  account: Account;
  user: string;
  password: string;
  port: number;
  logFile: string;
  log: Log;
  /** False skips fsync: a crash of the machine, not of the server alone, loses data. */
  durable: boolean;
}

/** Creates the cluster unless it exists. Renamed into place: a cluster that exists is complete. */
export async function ensureCluster(server: Omit<Server, 'port'>): Promise<void> {
  const { binaries, home, cluster, account, user, password } = server;
  if (await stat(cluster).catch(() => undefined)) return;
  const unfinished = join(home, 'initialising');
  const passwordFile = join(home, 'password');
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  try {
    if (account.uid !== undefined && account.gid !== undefined) {
      await chown(unfinished, account.uid, account.gid);
      await chown(passwordFile, account.uid, account.gid);
    }
    const settings = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'];
    // Without fsync, which halves the time: before the first write there is nothing to lose.
    settings.push('--no-sync', '--no-instructions');
    // The same order on every machine. Earlier versions compare the bytes of --locale=C.
    const hasBuiltin = (await majorVersion(binaries)) >= 17;
    const collation = hasBuiltin ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
    const target = [`--pgdata=${unfinished}`, `--username=${user}`, `--pwfile=${passwordFile}`];
    await run(join(binaries, 'bin/initdb'), [...target, ...settings, ...collation], {
      ...account,
      cwd: '/',
      env: ENVIRONMENT,
    });
    await rename(unfinished, cluster);
  } catch (cause) {
    const { stderr, message } = cause as { stderr?: string; message: string };
    throw new Error(`Could not create a database in ${home}: ${stderr?.trim() ?? message}`, { cause });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function majorVersion(binaries: string): Promise<number> {
  const { stdout } = await run(join(binaries, 'bin/postgres'), ['--version'], { env: ENVIRONMENT });
  return Number(/ (\d+)/.exec(stdout)?.[1]);
}

/**
 * Starts the server and waits until it answers.
 * @throws Error with the server's log when it ends instead
 * @throws the reason of `stopping`, after stopping the server, when that is aborted
 */
export async function startServer(server: Server, url: string, stopping: AbortSignal): Promise<Child> {
  const { binaries, cluster, account, port, logFile, log, durable } = server;
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=', // one way in, with a password
    'max_connections=200',
    `fsync=${durable ? 'on' : 'off'}`,
  ].flatMap((setting) => ['-c', setting]);
  const output = await open(logFile, 'a', 0o600);
  const { size: before } = await output.stat();
  const starting = new AbortController();
  const giveUp = AbortSignal.any([starting.signal, stopping, AbortSignal.timeout(START_LIMIT_MS)]);
  try {
    const child = await startChild(
      {
        name: 'postgres',
        command: join(binaries, 'bin/postgres'),
        args: ['-D', cluster, ...settings],
        ...account,
        cwd: '/',
        env: ENVIRONMENT,
        log,
        outputFd: output.fd,
      },
      // "Immediate" shutdown: SIGKILL would leave its own children running for a moment.
      'SIGQUIT',
    );
    void child.exited.then((exit) => starting.abort(new Error(describeExit(exit))));
    try {
      await waitForServer(url, giveUp);
    } catch (cause) {
      const reason = (giveUp.reason as Error | undefined) ?? (cause as Error);
      await stopServer(child);
      stopping.throwIfAborted();
      const lines = (await readFile(logFile)).subarray(before).toString().trim();
      throw new Error(`PostgreSQL in ${cluster} did not start: ${reason.message}. ${lines}`, { cause });
    }
    return child;
  } finally {
    await output.close();
  }
}

/** SIGINT is PostgreSQL's "fast" shutdown: it ends the sessions, whereas SIGTERM waits for them. */
export async function stopServer(child: Child): Promise<void> {
  await child.stop('SIGINT', STOP_LIMIT_MS);
}
