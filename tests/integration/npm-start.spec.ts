import { ROUTES } from '@chat/contract';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import * as v from 'valibot';
import { expect, test as base } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

const ReadySchema = v.object({
  ready: v.literal(true),
  site: v.pipe(v.string(), v.url()),
  ably: v.object({ endpoint: v.string(), port: v.number(), key: v.string() }),
  postgres: v.pipe(v.string(), v.startsWith('postgres://')),
  lambda: v.pipe(v.string(), v.url()),
  connector: v.object({ health: v.pipe(v.string(), v.url()) }),
});

/** Starts the stack as a person does, and reads its one machine-readable line. */
async function start(dataDir: string) {
  const child = spawn(process.execPath, [join(root, 'launch.mjs'), 'start', '--json'], {
    // An empty value counts as unset, and wins over a developer's own .env.
    env: {
      ...process.env,
      LOCAL_DATA_DIR: dataDir,
      PORT: '3900',
      DATABASE_URL: '',
      ABLY_API_KEY: '',
      ABLY_ENDPOINT: '',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{"ready":')) return { child, ready: v.parse(ReadySchema, JSON.parse(line)) };
  }
  throw new Error('npm start ended without printing its ready line');
}

/** Interrupts this process alone, unlike Ctrl-C in a terminal: it must end its children. */
async function stop(child: ChildProcess): Promise<number | null> {
  const exited = once(child, 'exit') as Promise<[number | null]>;
  child.kill('SIGINT');
  return (await exited)[0];
}

/** Command lines of the running processes that contain the text (Linux only: /proc). */
async function processesMentioning(text: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    // A process may end between the listing and the reading.
    ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(text));
}

const test = base.extend('dataDir', async ({}, { onCleanup }) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'chat-npm-start-'));
  onCleanup(() => rm(dataDir, { recursive: true, force: true }));
  return dataDir;
});

test('npm start prints its addresses, keeps messages over a restart, and leaves no process', async ({
  dataDir,
}) => {
  const first = await start(dataDir);
  expect((await fetch(first.ready.site)).status).toBe(200);
  expect((await fetch(first.ready.connector.health)).status).toBe(200);
  const database = new pg.Client(first.ready.postgres);
  await database.connect();
  await database.query(
    `insert into chat_data (username, msg_id, msg_data, client_id) values ('psql', 'kept', 'Kept', 'x')`,
  );
  await database.end();
  expect(await stop(first.child)).toBe(0);
  if (process.platform === 'linux') expect(await processesMentioning(dataDir)).toEqual([]);

  const second = await start(dataDir);
  const history = await fetch(second.ready.site + ROUTES.chatHistory);
  expect(await history.json()).toMatchObject({ rows: [{ msg_id: 'kept', revision: 1 }] });
  expect(await stop(second.child)).toBe(0);
});
