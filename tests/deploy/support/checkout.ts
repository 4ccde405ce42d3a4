import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY } from '../../support/paths.ts';

/** The folder of node_modules where npm links the workspaces, relatively. */
const PARTS = '@chat';

/**
 * The repository as Netlify would clone it: what is in Git or would be, and nothing that was built or set here. Packages are
 * not installed a second time but linked.
 */
export async function checkOut(folder: string): Promise<void> {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await promisify(execFile)('git', list, { cwd: REPOSITORY, maxBuffer: 16 * 1_048_576 });
  for (const file of new Set(stdout.split('\0').filter(Boolean))) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    // With its age: whether packages are newer than the lock file decides whether they are installed again.
    await cp(join(REPOSITORY, file), join(folder, file), { preserveTimestamps: true }).catch(ignoreMissing);
  }
  await linkPackages(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
}

/** Each package by itself, because the parts of the repository stand among them and must be those of the clone. */
async function linkPackages(from: string, to: string): Promise<void> {
  await mkdir(join(to, PARTS), { recursive: true });
  for (const name of await readdir(from)) if (name !== PARTS) await symlink(join(from, name), join(to, name));
  for (const name of await readdir(join(from, PARTS))) {
    await symlink(await readlink(join(from, PARTS, name)), join(to, PARTS, name));
  }
}

/** Git still lists what was deleted and not committed yet. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
