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

/** A database that waits for its disk, as in production, and the least that can stand for Ably. */
export interface Stage {
  readonly database: pg.Client;
  readonly url: string;
  readonly ably: BareAbly;
  /** Resolves once the connector says that it is ready. */
  startConnector(): Promise<{ stop(): Promise<void> }>;
  /** What becomes of inserts into chat_data: nothing, what the connector configures, or the least that an outbox can cost. */
  capture(what: 'nothing' | 'rows' | 'constants'): Promise<void>;
  /** Leaves nothing of an earlier reading, in the tables or for the disk. A running connector finishes first. */
  clean(): Promise<void>;
  close(): Promise<void>;
}

export interface BareAbly {
  readonly port: number;
  /** So far. */
  messages(): number;
  /** Resolves with the moment at which the next publish arrived, on the clock of process.hrtime, in ms. */
  nextPublish(): Promise<number>;
}

/** A row of constants for each statement: what no trigger that fills an outbox can do without. */
const CONSTANTS = `
  CREATE FUNCTION bench_constants() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO public.outbox (mutation_id, channel, name, data) VALUES ('id', 'incoming-chat', 'name', '{}');
    RETURN NULL;
  END $$;
  CREATE TRIGGER bench_constants AFTER INSERT ON chat_data FOR EACH STATEMENT EXECUTE FUNCTION bench_constants()`;

const CONNECTOR = fileURLToPath(import.meta.resolve('@chat/connector/main'));

export async function setStage(): Promise<Stage> {
  await using opened = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-connector-'));
  opened.defer(() => rm(dataDir, { recursive: true, force: true }));
  await chmod(dataDir, 0o711); // as root another user runs the server
  const postgres = await startPostgres({ dataDir });
  opened.defer(() => postgres.close());
  await migrate(postgres.url);
  const database = new pg.Client(postgres.url);
  await database.connect();
  opened.defer(() => database.end());
  const ably = await startBareAbly();
  opened.defer(() => ably.close());

  const switchTrigger = (how: 'ENABLE' | 'DISABLE', name: string) =>
    database.query(`ALTER TABLE chat_data ${how} TRIGGER ${name}`);
  let running = 0;
  const startHere = async () => {
    const connector = await startConnector(postgres.url, ably.port);
    running += 1;
    return {
      async stop() {
        running -= 1;
        await connector.stop();
      },
    };
  };
  await (await startHere()).stop(); // puts the triggers in place
  await database.query(CONSTANTS);
  const everything = opened.move();
  return {
    database,
    url: postgres.url,
    ably,
    startConnector: startHere,
    async capture(what) {
      await switchTrigger(what === 'rows' ? 'ENABLE' : 'DISABLE', 'outbox_capture_insert');
      await switchTrigger(what === 'constants' ? 'ENABLE' : 'DISABLE', 'bench_constants');
    },
    async clean() {
      // TRUNCATE and a claim would wait for each other's tables.
      if (running > 0) await drained(database);
      await switchTrigger('DISABLE', 'outbox_capture_truncate');
      await database.query('TRUNCATE chat_data, outbox, outbox_batches');
      await switchTrigger('ENABLE', 'outbox_capture_truncate');
      await database.query('CHECKPOINT');
    },
    close: () => everything.disposeAsync(),
  };
}

async function drained(database: pg.Client): Promise<void> {
  const isWaiting = `SELECT FROM outbox WHERE NOT processed UNION ALL SELECT FROM outbox_batches LIMIT 1`;
  while ((await database.query(isWaiting)).rowCount !== 0) await delay(20);
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

async function startConnector(url: string, ablyPort: number): Promise<{ stop(): Promise<void> }> {
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
  if (!child.stdout) throw new Error('The connector has no log to read');
  const lines = createInterface(child.stdout);
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => line.includes(`"msg":"${message}"`) && resolve());
    child.once('exit', (code) =>
      reject(new Error(`The connector ended with code ${code} before it was ${message}`)),
    );
  });
}
