import { ChatChangesSchema, HistoryPageSchema, parseJson, READ_PATHS } from '@chat/contract';
import fc from 'fast-check';
import * as v from 'valibot';
import { expect } from 'vitest';
import { request, test, type Chat } from './support/history.ts';

test.beforeAll(({ history }) => void history);

const LARGEST = 2n ** 63n - 1n;

/** Milliseconds, seconds, nanoseconds and the ends of the type, often several rows at one time. */
const time = fc.oneof(
  fc.constantFrom(0n, -1n, LARGEST, LARGEST - 1n, -LARGEST - 1n, -LARGEST),
  fc.bigInt(1_700_000_000_000_000_000n, 1_700_000_000_000_000_300n),
  fc.bigInt(-LARGEST - 1n, LARGEST),
  fc.bigInt(1_700_000_000_000n, 1_700_000_000_003n),
);

const record = fc.oneof(
  fc.bigInt(-5n, 5n),
  fc.bigInt(2n ** 53n, 2n ** 53n + 9n),
  fc.bigInt(-LARGEST - 1n, LARGEST),
);

const rows = fc.uniqueArray(fc.record({ time, record }), {
  maxLength: 30,
  selector: (row) => `${row.time},${row.record}`,
});

async function readPage({ history }: Chat, query: Record<string, string>) {
  const answer = await history(request(query));
  expect(answer.statusCode, answer.body).toBe(200);
  return v.parse(HistoryPageSchema, parseJson(answer.body));
}

test('chat-history: returns each row once, in order and exactly, whatever its time and record id', async ({
  history: chat,
}) => {
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 7 }), async (written, limit) => {
      const start = await chat.history(request({}, { path: READ_PATHS.changes }));
      const { cursor } = v.parse(ChatChangesSchema, parseJson(start.body));
      await chat.client.query('delete from chat_data');
      await chat.client.query(
        `insert into chat_data (msg_id, created_at_timestamp, edited_at_timestamp, incremental_record_id)
         select gen_random_uuid()::text, time, time, record
         from unnest($1::bigint[], $2::bigint[]) as row (time, record)`,
        [written.map((row) => row.time), written.map((row) => row.record)],
      );
      const read: (readonly bigint[])[] = [];
      let before: string | null = null;
      do {
        const page: v.InferOutput<typeof HistoryPageSchema> = await readPage(chat, {
          limit: String(limit),
          ...(before !== null && { before }),
        });
        for (const row of page.rows) {
          expect(row.edited_at_timestamp).toBe(row.created_at_timestamp);
          read.push([BigInt(row.created_at_timestamp), BigInt(row.incremental_record_id)]);
        }
        before = page.next;
      } while (before !== null);
      const newestFirst = written.toSorted((a, b) =>
        a.time === b.time ? (a.record < b.record ? 1 : -1) : a.time < b.time ? 1 : -1,
      );
      expect(read).toEqual(newestFirst.map((row) => [row.time, row.record]));

      const changes = await chat.history(request({ since: cursor }, { path: READ_PATHS.changes }));
      expect(changes.statusCode, changes.body).toBe(200);
      const { complete } = v.parse(ChatChangesSchema, parseJson(changes.body));
      expect(complete).toBe(true);
    }),
    { numRuns: 60 },
  );
}, 60_000);
