import pg from 'pg';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildFunctions } from '@chat/lambda-function/build';
import { startPostgres } from '@chat/postgres';
import { migrate } from '@chat/sql';
import { captureTable } from '@chat/sql/testing';

/** The bundle of chat-writer, and a durable database with the connector's triggers. */
export interface LambdaFixture {
  bundle: string;
  /** The environment variables that connect the function to the database. */
  env: Record<string, string>;
  client: pg.Client;
  /** Returns the matching lines of the server's log. */
  serverLog(pattern: RegExp): Promise<string[]>;
  close(): Promise<void>;
}

export async function startLambdaFixture(): Promise<LambdaFixture> {
  const dataDir = await mkdtemp(join(tmpdir(), 'chat-bench-'));
  await chmod(dataDir, 0o711); // started by root, the server runs as another user
  const postgres = await startPostgres({ dataDir });
  const client = new pg.Client(postgres.url);
  await migrate(postgres.url);
  await client.connect();
  await captureTable(client);
  const { hostname, port, username, password, pathname } = new URL(postgres.url);
  return {
    bundle: (await buildFunctions())['chat-writer'],
    env: {
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: username,
      PGPASSWORD: password,
      PGDATABASE: pathname.slice(1),
    },
    client,
    async serverLog(pattern) {
      const text = await readFile(join(dataDir, 'logs/postgres.log'), 'utf8');
      return text.split('\n').filter((line) => pattern.test(line));
    },
    async close() {
      await client.end();
      await postgres.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

let published = 0;

/** Builds an event of new messages, as an Ably rule sends it. */
export function makeEvent(messages: number) {
  return {
    source: 'channel.message',
    channel: 'outgoing-chat',
    messages: Array.from({ length: messages }, () => ({
      id: `bench-${process.pid}-${published++}`,
      name: 'chatMsg',
      clientId: 'ann',
      timestamp: Date.now(),
      encoding: 'json',
      data: JSON.stringify({
        username: 'Ann',
        content: 'Words of an ordinary length, as people write them.',
      }),
    })),
  };
}
