import { escapeControls } from '@chat/contract';
import { createWriteStream } from 'node:fs';
import { rename, stat } from 'node:fs/promises';

/**
 * Writes one line about one part, such as `connector` or `lambda chat-writer`. Callers pass no
 * secret.
 */
export type Log = (part: string, line: string) => void;

export const silent: Log = () => undefined;

export interface LogFile {
  log: Log;
  path: string;
  close(): Promise<void>;
}

const ROTATE_AT_BYTES = 5_000_000;

/** Opens a log file for appending. A file that earlier runs filled becomes `<path>.1`. */
export async function openLogFile(path: string): Promise<LogFile> {
  const before = await stat(path).catch(() => undefined);
  if (before && before.size > ROTATE_AT_BYTES) await rename(path, `${path}.1`);
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  await new Promise<void>((resolve, reject) => {
    stream.once('open', () => resolve());
    stream.once('error', reject);
  });
  return {
    path,
    log: (part, line) => {
      // Also what a child prints: a terminal would obey a control character in the file.
      stream.write(`${new Date().toISOString()} ${part}: ${escapeControls(line)}\n`);
    },
    close: () => new Promise((resolve) => stream.end(resolve)),
  };
}
