import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestDatabase } from './postgres.ts';

/** Debian's package has it; where it is not installed, its tests are skipped. */
export const hasPgbouncer = spawnSync('pgbouncer', ['--version']).status === 0;

/** A pooler before the database, ended with the scope. */
export interface Pgbouncer extends AsyncDisposable {
  readonly port: number;
}

/** @param settings lines of its configuration, such as `pool_mode = transaction` */
export async function startPgbouncer(
  { dbConfig }: TestDatabase,
  settings: readonly string[],
): Promise<Pgbouncer> {
  const port = await findFreePort();
  const folder = await mkdtemp(join(tmpdir(), 'connector-pgbouncer-'));
  const users = join(folder, 'users.txt');
  await writeFile(users, `"${dbConfig.user}" "${dbConfig.password ?? ''}"\n`);
  const configuration = [
    '[databases]',
    `* = host=${dbConfig.host} port=${dbConfig.port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = plain',
    `auth_file = ${users}`,
    ...settings,
    '',
  ];
  await writeFile(join(folder, 'pgbouncer.ini'), configuration.join('\n'));
  await chmod(folder, 0o755); // PgBouncer refuses to run as root, and reads it as another user
  const asUser = process.getuid?.() === 0 ? ['-u', 'postgres'] : [];
  const child = spawn('pgbouncer', [...asUser, join(folder, 'pgbouncer.ini')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exit = once(child, 'exit');
  let log = '';
  let isUp = false;
  for await (const line of createInterface(child.stderr)) {
    log += `${line}\n`;
    isUp = line.includes('process up');
    if (isUp) break;
  }
  if (!isUp) throw new Error(`PgBouncer did not start:\n${log}`);
  child.stderr.resume();
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
      await rm(folder, { recursive: true });
    },
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
