import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders of generated files and tests. */
const IGNORED = new Set(['node_modules', '.nuxt', '.output', '.data', 'dist', 'test', 'coverage']);

/**
 * Returns one hash over the names and contents of all source files in these files and folders.
 * @param paths relative to `root`
 */
export async function fingerprint(root: string, paths: readonly string[]): Promise<string> {
  const files = (await Promise.all(paths.map((path) => filesBelow(root, path)))).flat().sort();
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(await readFile(join(root, file)))
      .update('\0');
  return hash.digest('hex');
}

async function filesBelow(root: string, path: string): Promise<string[]> {
  if (!(await stat(join(root, path))).isDirectory()) return [path];
  const entries = await readdir(join(root, path), { withFileTypes: true });
  const relevant = entries.filter((entry) => !IGNORED.has(entry.name) && !entry.isSymbolicLink());
  const nested = await Promise.all(relevant.map(({ name }) => filesBelow(root, join(path, name))));
  return nested.flat();
}
