import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { identifyProcess, waitUntilGone } from '@chat/processes';

const OwnerSchema = v.object({ pid: v.number(), identity: v.string() });

export class AlreadyRunning extends Error {
  override name = 'AlreadyRunning' as const;

  readonly pid: number;

  constructor(pid: number, home: string) {
    super(
      `Process ${pid} already runs the database in ${home}. Stop it, or set LOCAL_DATA_DIR to another folder for a ` +
        'second stack.',
    );
    this.pid = pid;
  }
}

/**
 * Makes this process the only one that runs the database in `home`. Returns the function that
 * releases it.
 * @throws AlreadyRunning
 */
export async function claim(home: string): Promise<() => Promise<void>> {
  const file = join(home, 'owner.json');
  const mine = `${file}.${process.pid}`;
  const owner = { pid: process.pid, identity: (await identifyProcess(process.pid)) ?? '' };
  await writeFile(mine, JSON.stringify(owner), { mode: 0o600 });
  try {
    // link() fails if the name exists, and creates a complete file: no other process reads half of
    // it.
    await link(mine, file).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      const other = v.parse(OwnerSchema, JSON.parse(await readFile(file, 'utf8')));
      if ((await identifyProcess(other.pid)) === other.identity) throw new AlreadyRunning(other.pid, home);
      await rm(file); // its owner crashed
      await link(mine, file);
    });
  } finally {
    await rm(mine);
  }
  return () => rm(file, { force: true });
}

/**
 * Ends a server that outlived its owner, which kill -9 leaves running, so that this process can
 * start its own. Call it only after `claim`.
 */
export async function stopOrphan(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  if (!pid) return;
  const identity = await identifyProcess(pid);
  if (!identity) return; // dead: PostgreSQL itself removes the file and recovers
  if (!identity.includes(cluster)) return rm(file); // the pid now belongs to another program
  process.kill(pid, 'SIGINT'); // PostgreSQL's "fast" shutdown ends sessions and writes a checkpoint
  await waitUntilGone(pid, 10_000);
}
