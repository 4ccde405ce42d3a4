import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import * as v from 'valibot';
import { startPostgres } from '@chat/postgres';
import { migrate } from '@chat/sql';

/** A durable database, as in production, and a minimal stand-in for Ably. */
export interface ConnectorFixture {
  readonly database: pg.Client;
  readonly url: string;
  readonly ably: BareAbly;
  /** Resolves once the connector logs that it is ready. */
  startConnector(): Promise<{ stop(): Promise<void> }>;
  /**
   * Sets what inserts into chat_data trigger: nothing, the connector's capture, or the cheapest
   * insert into the outbox.
   */
  capture(what: 'nothing' | 'rows' | 'constants'): Promise<void>;
  /** Removes all traces of earlier readings. A running connector drains the outbox first. */
  clean(): Promise<void>;
  close(): Promise<void>;
}

interface BareAbly {
  readonly port: number;
  /** Number of messages so far. */
  messages(): number;
  /** Resolves with the arrival time of the next publish, in ms of the clock of process.hrtime. */
  nextPublish(): Promise<number>;
}

/** Inserts constants per statement: the minimum for any trigger that fills an outbox. */
const CONSTANTS = `
  create function bench_constants() returns trigger language plpgsql as $$ begin
    insert into public.outbox (mutation_id, channel, name, data) values ('id', 'incoming-chat', 'name', '{}');
    return null;
  end $$;
  create trigger bench_constants after insert on chat_data for each statement execute function bench_constants()`;

const CONNECTOR = fileURLToPath(import.meta.resolve('@chat/connector/main'));

export async function startConnectorFixture(): Promise<ConnectorFixture> {
  await using opened = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-connector-'));
  opened.defer(() => rm(dataDir, { recursive: true, force: true }));
  await chmod(dataDir, 0o711); // started by root, the server runs as another user
  const postgres = await startPostgres({ dataDir });
  opened.defer(() => postgres.close());
  await migrate(postgres.url);
  const database = new pg.Client(postgres.url);
  await database.connect();
  opened.defer(() => database.end());
  const ably = await startBareAbly();
  opened.defer(() => ably.close());

  const switchTrigger = (how: 'enable' | 'disable', name: string) =>
    database.query(`alter table chat_data ${how} trigger ${name}`);
  let running = 0;
  const startCounted = async () => {
    const connector = await startConnector(postgres.url, ably.port);
    running += 1;
    return {
      async stop() {
        running -= 1;
        await connector.stop();
      },
    };
  };
  await (await startCounted()).stop(); // installs the triggers
  await database.query(CONSTANTS);
  const everything = opened.move();
  return {
    database,
    url: postgres.url,
    ably,
    startConnector: startCounted,
    async capture(what) {
      await switchTrigger(what === 'rows' ? 'enable' : 'disable', 'outbox_capture_insert');
      await switchTrigger(what === 'constants' ? 'enable' : 'disable', 'bench_constants');
    },
    async clean() {
      // A truncate and a concurrent claim could deadlock.
      if (running > 0) await untilDrained(database);
      await switchTrigger('disable', 'outbox_capture_truncate');
      await database.query('truncate chat_data, outbox, outbox_batches');
      await switchTrigger('enable', 'outbox_capture_truncate');
      await database.query('checkpoint');
    },
    close: () => everything.disposeAsync(),
  };
}

async function untilDrained(database: pg.Client): Promise<void> {
  const pending = `select from outbox where not processed union all select from outbox_batches limit 1`;
  while ((await database.query(pending)).rowCount !== 0) await delay(20);
}

const Port = v.object({ port: v.number() });
const Arrival = v.object({ arrivedAt: v.number(), messages: v.number() });

async function startBareAbly(): Promise<BareAbly & { close(): Promise<void> }> {
  const child = fork(fileURLToPath(new URL('bare-ably.ts', import.meta.url)));
  const [first] = await once(child, 'message');
  let messages = 0;
  let waiting: ((arrivedAt: number) => void) | undefined;
  child.on('message', (raw) => {
    const arrival = v.parse(Arrival, raw);
    messages = arrival.messages;
    waiting?.(arrival.arrivedAt);
  });
  return {
    port: v.parse(Port, first).port,
    messages: () => messages,
    nextPublish: () => new Promise((resolve) => (waiting = resolve)),
    async close() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

/** Resolves once the connector logs that it is ready. */
export async function startConnector(url: string, ablyPort: number): Promise<{ stop(): Promise<void> }> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const routes = ['INSERT', 'UPDATE', 'DELETE'].map((operation) => ({
    tablename: 'chat_data',
    ablychannelname: 'incoming-chat',
    operation,
  }));
  const child = spawn(process.execPath, [CONNECTOR], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      DB_HOST: hostname,
      DB_PORT: port,
      DB_USER: username,
      DB_PASSWORD: password,
      DB_NAME: pathname.slice(1),
      ABLY_API_KEY: 'app.key:secret',
      ABLY_ENDPOINT: '127.0.0.1',
      ABLY_PORT: String(ablyPort),
      ABLY_TLS: 'false',
      ABLY_CONNECTOR: JSON.stringify(routes),
    },
  });
  await logLine(child, 'ready');
  return {
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function logLine(child: ChildProcess, message: string): Promise<void> {
  if (!child.stdout) throw new Error('The connector was started without a log pipe');
  const lines = createInterface(child.stdout);
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => line.includes(`"msg":"${message}"`) && resolve());
    child.once('exit', (code) =>
      reject(new Error(`The connector exited with code ${code} before it logged "${message}"`)),
    );
  });
}
