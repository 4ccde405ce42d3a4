import { parseInput } from '@chat/contract';
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { freePort } from './free-port.ts';

/** Ports are numbers, secrets are texts; both by name. */
const MemorySchema = v.record(
  v.string(),
  v.union(
    [v.pipe(v.number(), v.integer()), v.pipe(v.string(), v.regex(/^\S{32,}$/))],
    'is no port and no secret',
  ),
);

type Memory = v.InferOutput<typeof MemorySchema>;

/**
 * A folder that outlives its programs, with a file of the secrets and ports that must stay the same
 * between runs.
 */
export interface DataFolder {
  /** Absolute. */
  readonly path: string;
  /** Folder for log files; exists. */
  readonly logs: string;
  /** Returns the secret of that name, made by `make` when there is none yet. */
  secret(name: string, make?: () => string): string;
  /**
   * Returns the port of the last run if it is still free, else any, and records it. Call it just
   * before listening.
   */
  choosePort(name: string): Promise<number>;
  /** Returns the port of the last run, where its program should be listening. */
  lastPort(name: string): number | undefined;
}

/**
 * Opens the folder, and creates it if it does not exist.
 * @throws Error when the folder cannot be used, for instance because it belongs to another user
 */
export function openDataFolder(directory: string): DataFolder {
  const path = resolve(directory);
  const logs = join(path, 'logs');
  const file = join(path, 'memory.json');
  try {
    mkdirSync(logs, { recursive: true, mode: 0o700 });
    // As root, PostgreSQL's own user must be able to pass through to its files below; listing stays
    // forbidden.
    if (readdirSync(path).length === 1) chmodSync(path, process.getuid?.() === 0 ? 0o711 : 0o700);
    accessSync(path, constants.W_OK);
    readMemory(file);
  } catch (cause) {
    throw new Error(
      `Cannot use ${path} as the data folder: ${(cause as Error).message}. ` +
        'Set LOCAL_DATA_DIR to a folder that belongs to you, or run as the user who created this one.',
      { cause },
    );
  }
  return {
    path,
    logs,
    secret(name, make = randomSecret) {
      const stored = readMemory(file)[name];
      if (typeof stored === 'string') return stored;
      const secret = make();
      remember(file, { [name]: secret });
      return secret;
    },
    async choosePort(name) {
      const port = await freePort(portIn(readMemory(file), name));
      remember(file, { [name]: port });
      return port;
    },
    lastPort: (name) => portIn(readMemory(file), name),
  };
}

/** 256 random bits that are safe in a URL. */
export const randomSecret = (): string => randomBytes(32).toString('base64url');

function portIn(memory: Memory, name: string): number | undefined {
  const port = memory[name];
  return typeof port === 'number' ? port : undefined;
}

function readMemory(file: string): Memory {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  return parseInput(MemorySchema, JSON.parse(text), file);
}

/**
 * Adds to the file, synchronously, so that no other addition of this process is lost. The new
 * content is written beside the file and renamed: a crash must not cost the password of a database
 * full of messages.
 */
function remember(file: string, additions: Memory): void {
  const before = readMemory(file);
  const isNew = Object.entries(additions).some(([name, value]) => before[name] !== value);
  if (!isNew) return;
  writeFileSync(`${file}.new`, `${JSON.stringify({ ...before, ...additions }, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
