import {
  HistoryPageSchema,
  INCOMING_CHANNEL,
  OUTGOING_CHANNEL,
  parseInput,
  REWIND,
  ROUTES,
  RowChangeMessageSchema,
  type ChatRow,
  type HistoryPage,
} from '@chat/contract';
import type { Stack } from '@chat/stack';
import * as Ably from 'ably';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { expect } from 'vitest';
import { expectSoon } from '../support/expect-soon.ts';
import { test as onStack, type Query } from '../support/stack.ts';

const DeadLetterSchema = v.object({
  requestPayload: v.object({ messages: v.array(v.object({ id: v.string() })) }),
  responsePayload: v.object({ errorMessage: v.string() }),
});

const AUTHORS = 4;
const MESSAGES_EACH = 60;

/** How long clients and killers pause, in ms. */
const PAUSE = { retry: 50, history: 100, author: 20, kill: 700 };

type Connect = (clientId: string) => Ably.Realtime;

const test = onStack.extend('connect', ({ stack }, { onCleanup }): Connect => {
  const clients: Ably.Realtime[] = [];
  onCleanup(() => clients.forEach((client) => client.close()));
  return (clientId) => {
    const { endpoint, port, key } = stack.ably;
    const client = new Ably.Realtime({
      ...{ key, clientId, endpoint, port, tls: false, logLevel: 0, disableConnectivityCheck: true },
      ...{ disconnectedRetryTimeout: 200, suspendedRetryTimeout: 200, channelRetryTimeout: 200 },
    });
    clients.push(client);
    return client;
  };
});

/** Reads as the page does: live changes, and history whenever Ably reports a loss of continuity. */
async function startReader(connect: Connect, stack: Stack) {
  const rows = new Map<string, ChatRow>();
  const inversions: string[] = [];
  const merge = (row: ChatRow) => {
    const before = rows.get(row.msg_id);
    if (!before || row.revision > before.revision) rows.set(row.msg_id, row);
  };
  const channel = connect('reader').channels.get(`[?rewind=${REWIND}]${INCOMING_CHANNEL}`);
  const newest = new Map<string, number>();
  channel.on(['attached', 'update'], ({ resumed }) => {
    if (resumed) return;
    newest.clear(); // the rewind replays the last minutes from their beginning
    void readHistory(stack, merge);
  });
  await channel.subscribe(({ data }) => {
    const { row } = parseInput(RowChangeMessageSchema, data, 'row change');
    if (row.revision < (newest.get(row.msg_id) ?? 0)) inversions.push(`${row.msg_id}: ${row.revision}`);
    newest.set(row.msg_id, row.revision);
    merge(row);
  });
  return { rows, inversions };
}

/** Retries every page until it is read, because the database may be down at the moment. */
async function readHistory(stack: Stack, merge: (row: ChatRow) => void): Promise<void> {
  let before: string | null = '';
  while (before !== null) {
    const query: string = before ? `&before=${before}` : '';
    const response = await fetch(`${stack.site}${ROUTES.chatHistory}?limit=100${query}`).catch(
      () => undefined,
    );
    if (!response?.ok) {
      await wait(PAUSE.history);
      continue;
    }
    const page: HistoryPage = parseInput(HistoryPageSchema, await response.json(), 'history page');
    page.rows.forEach(merge);
    before = page.next;
  }
}

/** Publishes until Ably acknowledges, always under the same id, as the page's send queue does. */
async function publish(channel: Ably.RealtimeChannel, message: { id: string; name: string; data: object }) {
  for (;;) {
    try {
      return await channel.publish(message);
    } catch (error) {
      if (!(error instanceof Ably.ErrorInfo) || error.statusCode === 401) throw error;
      await wait(PAUSE.retry);
    }
  }
}

async function writeAndEdit(connect: Connect, author: string): Promise<void> {
  const channel = connect(author).channels.get(OUTGOING_CHANNEL);
  for (let n = 0; n < MESSAGES_EACH; n += 1) {
    const id = `${author}-${n}`;
    const data = { username: author, content: 'first' };
    await publish(channel, { id, name: 'chatMsg', data });
    await publish(channel, {
      id: `${id}-edit`,
      name: 'editedMsg',
      data: { ...data, content: `${id}, corrected`, msgIdToEdit: id },
    });
    await wait(PAUSE.author); // spreads the writing over many kills
  }
}

async function readTable(query: Query): Promise<Map<string, ChatRow>> {
  const rows = await query<{ row: ChatRow }>('select to_jsonb(chat_data) as row from chat_data');
  return new Map(rows.map(({ row }) => [row.msg_id, row]));
}

/**
 * Message id → reason. A message may end here when its function was killed at each of AWS's three
 * attempts.
 */
async function readDeadLetters({ deadLetters }: Stack): Promise<Map<string, string>> {
  const files = existsSync(deadLetters) ? await readdir(deadLetters) : [];
  const letters = await Promise.all(
    files.map(async (file) =>
      v.parse(DeadLetterSchema, JSON.parse(await readFile(join(deadLetters, file), 'utf8'))),
    ),
  );
  return new Map(
    letters.flatMap(({ requestPayload, responsePayload }) =>
      requestPayload.messages.map(({ id }) => [id, responsePayload.errorMessage] as const),
    ),
  );
}

/** Kills one part after the other until the writing is done, but each at least once. */
async function killInTurn(stack: Stack, isDone: () => boolean): Promise<void> {
  const kills: (() => Promise<void> | void)[] = [
    () => kill(stack.pids.connector),
    () => stack.pids.lambda('chat-writer').forEach(kill),
    () => kill(stack.pids.postgres),
    () => stack.restartBroker(),
  ];
  for (let count = 0; !isDone() || count < kills.length; count += 1) {
    await wait(PAUSE.kill);
    await kills[count % kills.length]?.();
  }
}

function kill(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // ESRCH: it ended with another part a moment ago and is being replaced.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Promises 1, 2, 3 and 6 of docs/architecture.md. */
test(
  'while database, connector, functions and broker are killed, every message is written once or kept as a dead letter, ' +
    'and the reader agrees with the table',
  { timeout: 180_000 },
  async ({ connect, stack, query }) => {
    const reader = await startReader(connect, stack);
    let done = false;
    const authors = Array.from({ length: AUTHORS }, (_, index) => `author-${index}`);
    await Promise.all([
      killInTurn(stack, () => done),
      Promise.all(authors.map((author) => writeAndEdit(connect, author))).finally(() => (done = true)),
    ]);

    const sent = authors.flatMap((author) =>
      Array.from({ length: MESSAGES_EACH }, (_, n) => `${author}-${n}`),
    );
    const read = async () => ({ rows: await readTable(query), dead: await readDeadLetters(stack) });
    await expect
      .poll(
        async () => {
          const { rows, dead } = await read();
          const arrived = (id: string) => rows.has(id) || dead.has(id);
          const corrected = (id: string) =>
            rows.get(id)?.msg_data === `${id}, corrected` || dead.has(`${id}-edit`);
          return sent.filter((id) => !arrived(id) || !corrected(id));
        },
        { timeout: 60_000, interval: 200 },
      )
      .toEqual([]);

    const { rows, dead } = await read();
    expect([...rows.keys()].filter((id) => !sent.includes(id))).toEqual([]);
    expect([...rows.values()].filter(({ revision }) => revision > 2)).toEqual([]);
    expect([...dead.values()].filter((reason) => !reason)).toEqual([]);
    await expectSoon(() => reader.rows).toEqual(rows);
    expect(reader.inversions).toEqual([]);
  },
);
