import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux keeps these files in memory: shm_overview(7). */
const IN_MEMORY = '/dev/shm';
/** In bytes; the databases of the tests that run at once take a tenth of it. */
const ENOUGH = 4 * 2 ** 30;

/**
 * Gives `use` a folder for all temporary files, and removes it afterwards. It is in memory where
 * that has room: a database is created there in a fifth of the time. `TMPDIR` overrules this.
 */
export async function withScratch<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join((await hasMemory()) ? IN_MEMORY : tmpdir(), 'chat-tests-'));
  await chmod(folder, 0o711); // as root, another user runs the databases in it
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function hasMemory(): Promise<boolean> {
  if (process.env.TMPDIR || process.availableMemory() < ENOUGH) return false;
  const room = await statfs(IN_MEMORY).catch(() => undefined); // macOS has no such folder
  return room !== undefined && room.bavail * room.bsize >= ENOUGH;
}
