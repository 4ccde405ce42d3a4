import { findProcesses, identifyProcess, waitUntilGone } from '@chat/processes';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The lines of a complete postmaster.pid: pid, folder, start time, port and more. */
const COMPLETE_LOCK = /^\d+\n(.*\n){4,}/;

/** Returns the pids of the servers that run on `cluster`: at most one, if all is well. */
export const serversOf = (cluster: string): Promise<number[]> => findProcesses(['-D', cluster]);

/**
 * Ends a server that outlived its owner, which kill -9 leaves running, so that this process can
 * start its own, and removes a lock file with which PostgreSQL would refuse to start. Call it only
 * after claiming the folder.
 */
export async function stopOrphan(cluster: string): Promise<void> {
  for (const pid of await serversOf(cluster)) {
    process.kill(pid, 'SIGINT'); // PostgreSQL's "fast" shutdown ends sessions and writes a checkpoint
    await waitUntilGone(pid, 10_000);
  }
  const file = join(cluster, 'postmaster.pid');
  const lock = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (lock === undefined) return;
  // PostgreSQL itself removes the lock of a dead server, after a look at what that left in memory. It
  // stops at a damaged lock, and at one whose pid now belongs to another program.
  const isDead = COMPLETE_LOCK.test(lock) && !(await identifyProcess(Number.parseInt(lock, 10)));
  if (!isDead) await rm(file);
}
