import { createHash } from 'node:crypto';
import { chmod, mkdir, realpath, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { canEnter, chooseAccount, type Account } from './account.ts';
import { SHARED_HOME } from './binaries.ts';
import { stopOrphan } from './orphan.ts';

/**
 * The database's folders: `home` belongs to this process's user, `cluster` in it to `account`,
 * which runs the server.
 */
export interface Home {
  home: string;
  cluster: string;
  account: Account;
}

/**
 * Opens `<dataDir>/postgres`. As root, when PostgreSQL's user cannot enter `dataDir`, that name is
 * a symbolic link to a folder under /var/lib, where the messages survive restarts as well.
 * @throws Error when the server's user cannot reach an existing database
 */
export async function openHome(dataDir: string): Promise<Home> {
  const name = join(dataDir, 'postgres');
  if (!(await stat(name).catch(() => undefined))) await makeHome(dataDir, name);
  const home = await realpath(name);
  const cluster = join(home, 'cluster');
  const account = await chooseAccount(cluster);
  if (account.uid !== undefined && !(await canEnter(home, account))) {
    throw new Error(
      `PostgreSQL runs as user ${account.uid} and cannot enter ${home}. Let other users pass through the folders ` +
        'above it (chmod o+x), or set LOCAL_DATA_DIR to another folder.',
    );
  }
  return { home, cluster, account };
}

async function makeHome(dataDir: string, name: string): Promise<void> {
  await rm(name, { force: true }); // a link whose target was deleted
  const account = await chooseAccount(join(name, 'cluster'));
  if (account.uid === undefined || (await canEnter(dataDir, account))) {
    await mkdir(name);
    await chmod(name, account.uid === undefined ? 0o700 : 0o711);
    return;
  }
  const key = createHash('sha256')
    .update(await realpath(dataDir))
    .digest('hex');
  const far = join(SHARED_HOME, `data-${key.slice(0, 16)}`);
  // Left behind by an earlier `dataDir` of the same name. Deleting that folder deletes its
  // messages.
  await stopOrphan(join(far, 'cluster'));
  await rm(far, { recursive: true, force: true });
  await mkdir(far, { recursive: true });
  await chmod(SHARED_HOME, 0o755);
  await chmod(far, 0o711);
  await symlink(far, name);
}
