import { createWriteStream } from 'node:fs';
import { rename, stat } from 'node:fs/promises';

/** Takes one line about one part of the stack, such as `connector` or `lambda chat-writer`. Never given a secret. */
export type Log = (part: string, line: string) => void;

export const silent: Log = () => undefined;

export interface LogFile {
  log: Log;
  path: string;
  close(): Promise<void>;
}

const ROTATE_AT_BYTES = 5_000_000;

/** Appends to `path`. What earlier runs wrote is set aside as `path.1` when it has grown large. */
export async function openLogFile(path: string): Promise<LogFile> {
  const before = await stat(path).catch(() => undefined);
  if (before && before.size > ROTATE_AT_BYTES) await rename(path, `${path}.1`);
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  const opened = new Promise<void>((resolve, reject) => {
    stream.once('open', () => resolve());
    stream.once('error', reject);
  });
  await opened;
  return {
    path,
    log: (part, line) => void stream.write(`${new Date().toISOString()} ${part}: ${line}\n`),
    close: () => new Promise((resolve) => stream.end(resolve)),
  };
}
