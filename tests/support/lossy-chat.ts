import { startBroker, type RuleOptions } from '@chat/broker';
import { INCOMING_CHANNEL, type AblyEnvelope } from '@chat/contract';
import { buildFunctions } from '@chat/lambda-function/build';
import { startTemporaryPostgres } from '@chat/postgres/testing';
import { silent } from '@chat/processes';
import { migrate } from '@chat/sql';
import {
  databaseEnvironments,
  invokeFunction,
  startConnectorProcess,
  startLambdaHost,
} from '@chat/stack/parts';
import * as Ably from 'ably';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { test as base } from 'vitest';
import type { Query } from './stack.ts';

const KEY = 'app1.key1:not-a-secret';

/** The rule's filter and faults; it delivers to chat-writer. */
export type Faults = Pick<RuleOptions, 'channelFilter' | 'lossShare' | 'duplicateShare' | 'reorderWithin'>;

export interface LossyChat {
  /** Resolves with a client once it is connected. */
  connect(clientId: string): Promise<Ably.Realtime>;
  query: Query;
  /** Messages that the rule delivered, repeats included, and those that it lost. */
  readonly counts: { delivered: number; lost: number };
}

type StartChat = (faults: Faults) => Promise<LossyChat>;

/** The way of a message from Ably to the row and back, with a rule that has these faults. */
export const test = base.extend('startChat', ({}, { onCleanup }): StartChat => {
  const opened = new AsyncDisposableStack();
  onCleanup(() => opened.disposeAsync());
  return (faults) => startChat(faults, opened);
});

async function startChat(faults: Faults, opened: AsyncDisposableStack): Promise<LossyChat> {
  const own = <Part extends { close(): unknown }>(part: Part): Part => {
    opened.defer(async () => void (await part.close()));
    return part;
  };
  const folder = await mkdtemp(join(tmpdir(), 'chat-lossy-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const postgres = own(await startTemporaryPostgres());
  await migrate(postgres.url);
  const { lambda, connector } = databaseEnvironments(postgres.url);
  const { 'chat-writer': bundle } = await buildFunctions();
  const host = own(
    await startLambdaHost({
      functions: [{ name: 'chat-writer', bundle, env: lambda }],
      eventQueue: join(folder, 'events'),
      deadLetters: join(folder, 'dead-letters'),
      log: silent,
    }),
  );
  const invoke = invokeFunction(host, 'chat-writer');
  const counts = { delivered: 0, lost: 0 };
  const deliver = async (envelope: AblyEnvelope) => {
    counts.delivered += 1;
    await invoke(envelope);
  };
  const broker = own(
    await startBroker({
      keys: [KEY],
      plan: 'none',
      rules: [{ ...faults, deliver }],
      log: (_level, event) => void (event === 'rule.lost' && (counts.lost += 1)),
    }),
  );
  const account = { key: KEY, endpoint: '127.0.0.1', port: broker.port, tls: false };
  own(
    await startConnectorProcess({
      databaseEnv: connector,
      ably: account,
      incomingChannel: INCOMING_CHANNEL,
      log: silent,
    }),
  );
  const database = new pg.Pool({ connectionString: postgres.url, max: 4 });
  opened.defer(() => database.end());
  return {
    counts,
    query: async (sql, values = []) => (await database.query(sql, values)).rows,
    async connect(clientId) {
      const client = own(new Ably.Realtime({ ...account, clientId, logLevel: 0 }));
      await client.connection.once('connected');
      return client;
    },
  };
}
