import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseLetter, type StoredLetter } from './letter.ts';

/**
 * The dead letters of the local Lambda host, oldest first.
 * @param folder need not exist: nothing has failed yet then
 */
export async function* lettersInFolder(folder: string): AsyncGenerator<StoredLetter> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names.filter((entry) => entry.endsWith('.json')).sort()) {
    const place = join(folder, name);
    const at = (await stat(place)).mtime.toISOString();
    const letter = parseLetter(await readFile(place, 'utf8'), { id: name, reason: 'unknown', at });
    yield { ...letter, place, remove: () => rm(place) };
  }
}
