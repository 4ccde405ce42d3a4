import {
  HistoryPageSchema,
  INCOMING_CHANNEL,
  OUTGOING_CHANNEL,
  parseInput,
  REWIND,
  RowChangeMessageSchema,
  type ChatRow,
  type HistoryPage,
} from '@chat/contract';
import * as Ably from 'ably';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { afterEach, describe, expect, it } from 'vitest';
import { expectSoon } from '../support/expect-soon.ts';
import { useStack } from '../support/stack.ts';

const DeadLetterSchema = v.object({
  requestPayload: v.object({ messages: v.array(v.object({ id: v.string() })) }),
  responsePayload: v.object({ errorMessage: v.string() }),
});

const AUTHORS = 4;
const MESSAGES_EACH = 60;

/** Promises 1, 2, 3 and 6, with every part killed while four people write and edit. */
describe('while the database, the connector, the functions and the broker are killed', () => {
  const held = useStack();
  const clients: Ably.Realtime[] = [];

  function connect(clientId: string): Ably.Realtime {
    const { endpoint, port, key } = held.stack.ably;
    const client = new Ably.Realtime({
      ...{ key, clientId, endpoint, port, tls: false, logLevel: 0, disableConnectivityCheck: true },
      ...{ disconnectedRetryTimeout: 200, suspendedRetryTimeout: 200, channelRetryTimeout: 200 },
    });
    clients.push(client);
    return client;
  }

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  /** A reader as the page is one: live changes, and history whenever Ably says that something may have been missed. */
  async function watch() {
    const rows = new Map<string, ChatRow>();
    const inversions: string[] = [];
    const take = (row: ChatRow) => {
      const before = rows.get(row.msg_id);
      if (!before || row.revision > before.revision) rows.set(row.msg_id, row);
    };
    const channel = connect('reader').channels.get(`[?rewind=${REWIND}]${INCOMING_CHANNEL}`);
    const seen = new Map<string, number>();
    channel.on(['attached', 'update'], ({ resumed }) => {
      if (resumed) return;
      seen.clear(); // from here on the recent past is told once more, from its beginning
      void readHistory(take);
    });
    await channel.subscribe(({ data }) => {
      const { row } = parseInput(RowChangeMessageSchema, data, 'row change');
      if (row.revision < (seen.get(row.msg_id) ?? 0)) inversions.push(`${row.msg_id}: ${row.revision}`);
      seen.set(row.msg_id, row.revision);
      take(row);
    });
    return { rows, inversions };
  }

  /** Tries until the whole of it was read: the database may be away at this moment. */
  async function readHistory(take: (row: ChatRow) => void): Promise<void> {
    let before: string | null = '';
    while (before !== null) {
      const query: string = before ? `&before=${before}` : '';
      const url = `${held.stack.site}/.netlify/functions/chat-history?limit=100${query}`;
      const response = await fetch(url).catch(() => undefined);
      if (!response?.ok) {
        await wait(100);
        continue;
      }
      const page: HistoryPage = parseInput(HistoryPageSchema, await response.json(), 'history page');
      page.rows.forEach(take);
      before = page.next;
    }
  }

  /** Publishes until acknowledged, always under the same id, as the page's outbox does. */
  async function publish(channel: Ably.RealtimeChannel, message: { id: string; name: string; data: object }) {
    for (;;) {
      try {
        return await channel.publish(message);
      } catch (error) {
        if (!(error instanceof Ably.ErrorInfo) || error.statusCode === 401) throw error;
        await wait(50); // paces the attempts while the broker is away
      }
    }
  }

  async function writeAndEdit(author: string): Promise<void> {
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
      await wait(20); // spreads the writing over all the falls
    }
  }

  async function readTable(): Promise<Map<string, ChatRow>> {
    const rows = await held.query<{ row: ChatRow }>('SELECT to_jsonb(chat_data) AS row FROM chat_data');
    return new Map(rows.map(({ row }) => [row.msg_id, row]));
  }

  /** Message id to reason. A message may end here when its function was killed at each of AWS's three attempts. */
  async function readDeadLetters(): Promise<Map<string, string>> {
    const { deadLetters } = held.stack;
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

  async function killInTurn(isDone: () => boolean): Promise<number> {
    const { pids } = held.stack;
    const falls: (() => Promise<void> | void)[] = [
      () => kill(pids.connector),
      () => pids.lambda('chat-writer').forEach(kill),
      () => kill(pids.postgres),
      () => held.stack.restartBroker(),
    ];
    let count = 0;
    for (; !isDone() || count < falls.length; count += 1) {
      await wait(700);
      await falls[count % falls.length]?.();
    }
    return count;
  }

  it(
    'every message is written once or kept as a dead letter with its reason, and the reader agrees with the table',
    { timeout: 180_000 },
    async () => {
      const reader = await watch();
      let done = false;
      const authors = Array.from({ length: AUTHORS }, (_, index) => `author-${index}`);
      const [falls] = await Promise.all([
        killInTurn(() => done),
        Promise.all(authors.map(writeAndEdit)).finally(() => (done = true)),
      ]);
      expect(falls).toBeGreaterThanOrEqual(4);

      const sent = authors.flatMap((author) =>
        Array.from({ length: MESSAGES_EACH }, (_, n) => `${author}-${n}`),
      );
      const state = async () => ({ rows: await readTable(), dead: await readDeadLetters() });
      await expect
        .poll(
          async () => {
            const { rows, dead } = await state();
            const arrived = (id: string) => rows.has(id) || dead.has(id);
            const corrected = (id: string) =>
              rows.get(id)?.msg_data === `${id}, corrected` || dead.has(`${id}-edit`);
            return sent.filter((id) => !arrived(id) || !corrected(id));
          },
          { timeout: 60_000, interval: 200 },
        )
        .toEqual([]);

      const { rows, dead } = await state();
      expect([...rows.keys()].filter((id) => !sent.includes(id))).toEqual([]);
      expect([...rows.values()].filter(({ revision }) => revision > 2)).toEqual([]);
      expect([...dead.values()].filter((reason) => !reason)).toEqual([]);
      await expectSoon(() => reader.rows).toEqual(rows);
      expect(reader.inversions).toEqual([]);
    },
  );
});

function kill(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It fell with another part a moment ago and is being replaced.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
