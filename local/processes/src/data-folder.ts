import { randomBytes } from 'node:crypto';
import { accessSync, chmodSync, constants, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort } from './free-port.ts';
import { readMemory, remember, repairMemory, type Memory } from './memory.ts';

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
      repairMemory(file);
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
