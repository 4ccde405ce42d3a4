import {
  HistoryPageSchema,
  INCOMING_CHANNEL,
  parseInput,
  REWIND,
  ROUTES,
  RowChangeMessageSchema,
  type ChatRow,
  type HistoryPage,
} from '@chat/contract';
import { joinChat } from '@chat/participant';
import { startStack, type Stack } from '@chat/stack';
import * as Ably from 'ably';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import { expectSoon } from '../support/expect-soon.ts';
import { test as onStack, type Query } from '../support/stack.ts';

const AUTHORS = 4;
const MESSAGES_EACH = 60;

/** How long clients and killers pause, in ms. */
const PAUSE = { history: 100, author: 200, kill: 700 };

/** How long an author waits for a row before publishing again, in ms: shorter than in the page. */
const PATIENCE = { firstWait: 2_000, longestWait: 8_000 };

type Connect = (clientId: string) => Ably.Realtime;

const onLossyStack = onStack.extend('stack', { scope: 'file' }, async ({ dataDir }, { onCleanup }) => {
  const stack = await startStack({ dataDir, broker: { ruleLoss: 0.1 } });
  onCleanup(() => stack.close());
  return stack;
});

const test = onLossyStack.extend('connect', ({ stack }, { onCleanup }): Connect => {
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

/** Resolves once all is written, with a function that waits until the author sees it. */
async function writeAndEdit(connect: Connect, stack: Stack, author: string): Promise<() => Promise<unknown>> {
  const catchUp = async () => {
    const rows: ChatRow[] = [];
    await readHistory(stack, (row) => rows.push(row));
    return rows.map((row) => ({ type: 'UPDATE' as const, row }));
  };
  const { send, edit } = await joinChat({ client: connect(author), username: author, catchUp, ...PATIENCE });
  const seen: Promise<unknown>[] = [];
  for (let n = 0; n < MESSAGES_EACH; n += 1) {
    const id = `${author}-${n}`;
    seen.push(send('first', id), edit(id, `${id}, corrected`));
    await wait(PAUSE.author); // spreads the writing over many kills
  }
  return () => Promise.all(seen);
}

async function readTable(query: Query): Promise<Map<string, ChatRow>> {
  const rows = await query<{ row: ChatRow }>(
    `select to_jsonb(chat_data) - 'changed_in' as row from chat_data`,
  );
  return new Map(rows.map(({ row }) => [row.msg_id, row]));
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
  'while database, connector, functions and broker are killed, every message and edit is written, each once, and the ' +
    'reader agrees with the table',
  { timeout: 180_000 },
  async ({ connect, stack, query }) => {
    const reader = await startReader(connect, stack);
    let done = false;
    const authors = Array.from({ length: AUTHORS }, (_, index) => `author-${index}`);
    const writing = authors.map((author) => writeAndEdit(connect, stack, author));
    const [, arrivals] = await Promise.all([
      killInTurn(stack, () => done),
      Promise.all(writing).finally(() => (done = true)),
    ]);
    await Promise.all(arrivals.map((areSeen) => areSeen()));

    const sent = authors.flatMap((author) =>
      Array.from({ length: MESSAGES_EACH }, (_, n) => `${author}-${n}`),
    );
    const rows = await readTable(query);
    expect(new Set(rows.keys())).toEqual(new Set(sent));
    expect([...rows].filter(([id, { msg_data }]) => msg_data !== `${id}, corrected`)).toEqual([]);
    expect([...rows.values()].filter(({ revision }) => revision > 2)).toEqual([]);
    await expectSoon(() => reader.rows).toEqual(rows);
    expect(reader.inversions).toEqual([]);
  },
);
