import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY } from '../../support/paths.ts';

/** The folder of node_modules where npm links the workspaces by relative paths. */
const PARTS = '@chat';

/**
 * Copies the repository as a clone has it: the files that Git tracks or would track, and nothing
 * built. Packages are linked, not installed again.
 */
export async function checkOut(folder: string): Promise<void> {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await promisify(execFile)('git', list, { cwd: REPOSITORY, maxBuffer: 16 * 1_048_576 });
  for (const file of new Set(stdout.split('\0').filter(Boolean))) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    // The launcher installs again when the lock file is newer than the packages.
    await cp(join(REPOSITORY, file), join(folder, file), { preserveTimestamps: true }).catch(ignoreMissing);
  }
  await linkPackages(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
}

/** Links each package by itself: the workspaces among them must be those of the clone. */
async function linkPackages(from: string, to: string): Promise<void> {
  await mkdir(join(to, PARTS), { recursive: true });
  for (const name of await readdir(from)) if (name !== PARTS) await symlink(join(from, name), join(to, name));
  for (const name of await readdir(join(from, PARTS))) {
    await symlink(await readlink(join(from, PARTS, name)), join(to, PARTS, name));
  }
}

/** Git also lists files that are deleted and not committed. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
