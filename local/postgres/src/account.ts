import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whom the database server runs as: nobody in particular (ourselves), or as root another user, because it refuses root. */
export interface Account {
  uid?: number;
  gid?: number;
}

const isRoot = () => process.getuid?.() === 0;

/**
 * @param cluster the data directory; where it exists its owner is the one who can run it, whoever that is
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
    return undefined; // `id` fails for exactly one reason: no such user
  }
}

async function addUser(): Promise<Account> {
  try {
    const shell = '/usr/sbin/nologin';
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', shell, 'postgres']);
    const account = await lookUp('postgres');
    if (account) return account;
    throw new Error('useradd succeeded, yet there is no such user');
  } catch (cause) {
    throw new Error(
      'PostgreSQL refuses to run as root, and a user "postgres" to run it could not be added ' +
        `(${(cause as Error).message}). Run as an ordinary user, or set DATABASE_URL to a server of your own.`,
      { cause },
    );
  }
}

/** Whether `account` can enter a folder; asked of the system itself, which knows every kind of permission. */
export async function canEnter(folder: string, account: Account): Promise<boolean> {
  return succeeds('cd -- "$1"', folder, account);
}

/** Whether `account` can run the programs in `<binaries>/bin` with their libraries and data. */
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
    return false; // a probe: its failing is the answer
  }
}
