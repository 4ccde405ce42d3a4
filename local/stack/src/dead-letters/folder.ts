import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseLetter, type StoredLetter } from './letter.ts';

/**
 * Yields the dead letters of the local Lambda host, oldest first.
 * @param folder does not exist before the first dead letter
 */
export async function* lettersInFolder(folder: string): AsyncGenerator<StoredLetter> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names.filter((entry) => entry.endsWith('.json')).sort()) {
    const path = join(folder, name);
    const at = (await stat(path)).mtime.toISOString();
    const letter = parseLetter(await readFile(path, 'utf8'), { id: name, reason: 'unknown', at });
    yield { ...letter, location: path, remove: () => rm(path) };
  }
}
