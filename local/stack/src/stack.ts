import { INCOMING_CHANNEL, OUTGOING_CHANNEL } from '@chat/contract';
import { silent } from '@chat/processes';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBrokerSettings } from './env.ts';
import type { Stack, StackOptions } from './start-up/options.ts';
import { startParts } from './start-up/start-parts.ts';

export type { Stack, StackOptions } from './start-up/options.ts';
export type { Step } from './start-up/steps.ts';

/**
 * Starts the whole system on this machine: production's code on an embedded PostgreSQL and an
 * Ably-compatible broker. Builds what changed since the last build.
 * @throws Error naming the part that does not start, after stopping the others
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { channels = { outgoing: OUTGOING_CHANNEL, incoming: INCOMING_CHANNEL }, log = silent } = options;
  const owned = new AsyncDisposableStack();
  try {
    const dataDir = options.dataDir ?? (await temporaryDataDir(owned));
    const broker = { ...readBrokerSettings(), ...options.broker };
    const parts = await startParts({ ...options, dataDir, broker, channels, log }, owned);
    return { ...parts, close: () => owned.disposeAsync() };
  } catch (error) {
    await owned.disposeAsync();
    throw error;
  }
}

async function temporaryDataDir(owned: AsyncDisposableStack): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'chat-stack-'));
  owned.defer(() => rm(dataDir, { recursive: true, force: true }));
  return dataDir;
}
