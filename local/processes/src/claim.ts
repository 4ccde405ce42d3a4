import { randomBytes } from 'node:crypto';
import { access, link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { identifyProcess } from './identity.ts';

const OwnerSchema = v.pipe(v.string(), v.parseJson(), v.object({ pid: v.number(), identity: v.string() }));

export class AlreadyRunning extends Error {
  override name = 'AlreadyRunning' as const;

  readonly pid: number;

  constructor(pid: number, folder: string) {
    super(
      `Process ${pid} already uses ${folder}. Stop it, or set LOCAL_DATA_DIR to another folder for a ` +
        'second stack.',
    );
    this.pid = pid;
  }
}

/**
 * Makes this process the only one that uses a folder. Returns the function that releases it.
 * @param findUser returns the pid of a process that uses the folder; called when a power cut has
 * damaged the owner's file
 * @throws AlreadyRunning
 */
export async function claim(
  folder: string,
  findUser: () => Promise<number | undefined> = () => Promise.resolve(undefined),
): Promise<() => Promise<void>> {
  const file = join(folder, 'owner.json');
  const mine = `${file}.${randomBytes(6).toString('hex')}`;
  const owner = { pid: process.pid, identity: (await identifyProcess(process.pid)) ?? '' };
  await writeFile(mine, JSON.stringify(owner), { mode: 0o600 });
  const refuseIfUsed = (user: number | undefined) => {
    if (user !== undefined) throw new AlreadyRunning(user, folder);
  };
  try {
    // link() fails if the name exists, and creates a complete file: no other process reads half of
    // it.
    while (!(await succeeds(link(mine, file), 'EEXIST'))) {
      refuseIfUsed(await ownerIn(file, findUser));
      if (await succeedDead(file, mine)) break;
    }
  } finally {
    await rm(mine);
  }
  return () => rm(file, { force: true });

  /** Takes the place of an owner that has ended. Returns false when another process was faster. */
  async function succeedDead(dead: string, successor: string): Promise<boolean> {
    // Only the process that holds this name may replace the file.
    const next = `${dead}.next`;
    if (!(await succeeds(link(successor, next), 'EEXIST'))) {
      refuseIfUsed(await ownerIn(next, () => Promise.resolve(undefined)));
      await rm(next, { force: true }); // of a process that ended within the next three lines
      return false;
    }
    try {
      refuseIfUsed(await ownerIn(dead, findUser));
      return await succeeds(
        access(dead).then(() => rename(next, dead)),
        'ENOENT',
      );
    } finally {
      await rm(next, { force: true });
    }
  }
}

/** Returns the pid of the process that a file names, or undefined when that has ended. */
async function ownerIn(
  file: string,
  findUser: () => Promise<number | undefined>,
): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const owner = v.safeParse(OwnerSchema, text);
  if (!owner.success) return findUser();
  const { pid, identity } = owner.output;
  return (await identifyProcess(pid)) === identity ? pid : undefined;
}

async function succeeds(action: Promise<void>, failure: string): Promise<boolean> {
  try {
    await action;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== failure) throw error;
    return false;
  }
}
