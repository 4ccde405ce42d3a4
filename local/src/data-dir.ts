import { parseInput } from '@chat/contract';
import getPort from 'get-port';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';

const secret = (pattern: RegExp) =>
  v.optional(v.pipe(v.string(), v.regex(pattern, 'is not what was written')));

/** What the stack must remember between runs, so that open tabs and saved connection strings stay good. */
const MemorySchema = v.object({
  postgresPassword: secret(/^[\w-]{32,}$/),
  ablyKey: secret(/^[\w-]+\.[\w-]+:[\w-]{32,}$/),
  identitySecret: secret(/^[\w-]{32,}$/),
  historySecret: secret(/^[\w-]{32,}$/),
  postgresPort: v.optional(v.number()),
  brokerPort: v.optional(v.number()),
  lambdaPort: v.optional(v.number()),
});

type Memory = v.InferOutput<typeof MemorySchema>;
type PortName = 'postgresPort' | 'brokerPort' | 'lambdaPort';
type Secrets = Required<Omit<Memory, PortName>>;

/** A folder that is the stack's own: database, logs, dead letters, and the secrets made on the first run. */
export interface DataDir {
  readonly path: string;
  readonly secrets: Secrets;
  readonly log: string;
  readonly deadLetters: string;
  readonly eventQueue: string;
  readonly brokerJournal: string;
  /** The port of last time where it is still free, else any. Remembers its answer: ask only when about to listen. */
  choosePort(of: PortName): Promise<number>;
  /** The port of last time, of something that should be running now. */
  lastPort(of: PortName): Promise<number | undefined>;
}

/**
 * Opens the folder, making it when it is not there.
 * @throws Error when it cannot be used, such as one that belongs to another user
 */
export async function openDataDir(directory: string): Promise<DataDir> {
  const path = resolve(directory);
  try {
    await mkdir(join(path, 'logs'), { recursive: true, mode: 0o700 });
    const entries = await readdir(path);
    // Others may pass through a new folder, not look into it: as root, PostgreSQL's own user has its files below.
    if (entries.length === 1) await chmod(path, process.getuid?.() === 0 ? 0o711 : 0o700);
    const file = join(path, 'memory.json');
    const secrets = makeSecrets(await readMemory(file));
    await updateMemory(file, secrets);
    return {
      path,
      secrets,
      log: join(path, 'logs/stack.log'),
      deadLetters: join(path, 'dead-letters'),
      eventQueue: join(path, 'lambda-queue.jsonl'),
      brokerJournal: join(path, 'broker-journal.jsonl'),
      async choosePort(of) {
        const port = await freePort((await readMemory(file))[of]);
        await updateMemory(file, { [of]: port });
        return port;
      },
      lastPort: async (of) => (await readMemory(file))[of],
    };
  } catch (cause) {
    throw new Error(
      `Cannot use ${path} as the data folder: ${(cause as Error).message}. ` +
        'Set LOCAL_DATA_DIR to a folder that belongs to you, or run as the user who made this one.',
      { cause },
    );
  }
}

function makeSecrets(known: Memory): Secrets {
  return {
    postgresPassword: known.postgresPassword ?? randomText(),
    ablyKey: known.ablyKey ?? `local.${randomBytes(4).toString('hex')}:${randomText()}`,
    identitySecret: known.identitySecret ?? randomText(),
    historySecret: known.historySecret ?? randomText(),
  };
}

/** @param preferred taken where it is free; else, and without it, any */
export async function freePort(preferred?: number): Promise<number> {
  // get-port would refuse for half a minute to give out a port again that this process had before.
  return preferred && (await isFree(preferred)) ? preferred : getPort({ host: '127.0.0.1' });
}

function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

const randomText = () => randomBytes(32).toString('base64url');

async function readMemory(file: string): Promise<Memory> {
  try {
    return parseInput(MemorySchema, JSON.parse(await readFile(file, 'utf8')), file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

/** Written beside and renamed: a crash half-way must not cost the password of a database full of messages. */
async function updateMemory(file: string, news: Memory): Promise<void> {
  const before = await readMemory(file);
  const memory = { ...before, ...news };
  if (isDeepStrictEqual(memory, before)) return;
  await writeFile(`${file}.new`, `${JSON.stringify(memory, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
