import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import type { PlanName } from '@chat/broker';
import { startPostgres } from '@chat/postgres';
import { startChild } from '../child.ts';
import { Address } from './join.ts';

/** A running chat on a durable database. */
export interface ChatSystem {
  address: Address;
  /** The address of its database, with a superuser. */
  database: string;
  stop(): Promise<void>;
}

const Ours = v.object({ address: Address, database: v.string() });
const Peer = v.object({ port: v.number() });

/** @param plan the Ably plan whose limits apply */
export async function startOurs(plan: PlanName = 'none'): Promise<ChatSystem> {
  await using opened = new AsyncDisposableStack();
  const dataDir = await makeDataDir(opened);
  const { child, ready } = await startChild(
    new URL('stack-process.ts', import.meta.url),
    [dataDir, plan],
    Ours,
  );
  opened.defer(() => child.end());
  const everything = opened.move();
  return { ...ready, stop: () => everything.disposeAsync() };
}

export async function startPeer(): Promise<ChatSystem> {
  await using opened = new AsyncDisposableStack();
  const postgres = await startPostgres({ dataDir: await makeDataDir(opened) });
  opened.defer(() => postgres.close());
  const script = new URL('../../peers/socket-io-chat.ts', import.meta.url);
  const { child, ready } = await startChild(script, [postgres.url], Peer);
  opened.defer(() => child.end());
  const everything = opened.move();
  return {
    address: { chat: 'peer', port: ready.port },
    database: postgres.url,
    stop: () => everything.disposeAsync(),
  };
}

/** Creates a directory on the same disk for both systems. */
async function makeDataDir(opened: AsyncDisposableStack): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-chat-'));
  opened.defer(() => rm(dataDir, { recursive: true, force: true }));
  await chmod(dataDir, 0o711); // started by root, the server runs as another user
  return dataDir;
}
