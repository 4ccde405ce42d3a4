import { openDataFolder, randomSecret, type DataFolder } from '@chat/processes';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

type PortName = 'brokerPort' | 'lambdaPort';

/**
 * The stack's own folder: database, logs, dead letters, and the secrets and ports that must stay
 * the same between runs, because open tabs and bookmarks use them.
 */
export interface StackFolder {
  readonly path: string;
  /** Made when they are first read, which needs a claim on the folder. */
  readonly secrets: Readonly<Record<'ablyKey' | 'identitySecret' | 'historySecret', string>>;
  readonly log: string;
  readonly deadLetters: string;
  readonly eventQueue: string;
  readonly brokerJournal: string;
  choosePort(of: PortName): Promise<number>;
  lastPort(of: PortName): number | undefined;
}

/** @throws Error when the folder cannot be used, for instance because it belongs to another user */
export function openStackFolder(directory: string): StackFolder {
  const folder: DataFolder = openDataFolder(directory);
  const { path, logs, choosePort, lastPort } = folder;
  return {
    path,
    secrets: {
      get ablyKey() {
        return folder.secret('ablyKey', () => `local.${randomBytes(4).toString('hex')}:${randomSecret()}`);
      },
      get identitySecret() {
        return folder.secret('identitySecret');
      },
      get historySecret() {
        return folder.secret('historySecret');
      },
    },
    log: join(logs, 'stack.log'),
    deadLetters: join(path, 'dead-letters'),
    eventQueue: join(path, 'lambda-queue.jsonl'),
    brokerJournal: join(path, 'broker-journal.jsonl'),
    choosePort,
    lastPort,
  };
}
