import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The user that runs the database server: empty for the current one. PostgreSQL refuses to run as
 * root.
 */
export interface Account {
  uid?: number;
  gid?: number;
}

const isRoot = () => process.getuid?.() === 0;

/**
 * Returns the owner of an existing data directory, because PostgreSQL runs it under no other
 * account; else, as root, the user `postgres`.
 * @param cluster the data directory, which need not exist
 * @throws Error as root, when the system has no `postgres` user and none can be added
 */
export async function chooseAccount(cluster: string): Promise<Account> {
  if (!isRoot()) return {};
  const owner = await stat(cluster).catch(() => undefined);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return (await lookUp('postgres')) ?? (await addUser());
}

async function lookUp(user: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined; // `id` fails for one reason only: no such user
  }
}

async function addUser(): Promise<Account> {
  try {
    const shell = '/usr/sbin/nologin';
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', shell, 'postgres']);
    const account = await lookUp('postgres');
    if (account) return account;
    throw new Error('useradd succeeded, but the user does not exist');
  } catch (cause) {
    throw new Error(
      'PostgreSQL refuses to run as root, and the user "postgres" could not be added ' +
        `(${(cause as Error).message}). Run as an ordinary user, or set DATABASE_URL to a server of your own.`,
      { cause },
    );
  }
}

/**
 * Returns whether `account` can enter a folder. Tries it, because the system knows every kind of
 * permission.
 */
export async function canEnter(folder: string, account: Account): Promise<boolean> {
  return succeeds('cd -- "$1"', folder, account);
}

/**
 * Returns whether `account` can run the programs in `<binaries>/bin` with their libraries and data.
 */
export async function canRun(binaries: string, account: Account): Promise<boolean> {
  return succeeds(
    '"$1/bin/postgres" --version && test -r "$1/share/postgresql/postgres.bki"',
    binaries,
    account,
  );
}

async function succeeds(script: string, argument: string, account: Account): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', script, 'sh', argument], { ...account, cwd: '/' });
    return true;
  } catch {
    return false; // a probe: failure is its result
  }
}
