import { ChangesQuerySchema, HistoryPageSchema } from '@chat/contract';
import * as v from 'valibot';
import { describe, expect } from 'vitest';
import { NEWEST_PAGE, OLDER_PAGE } from '../src/read-history.ts';
import { request, SECRET, test as onDatabase, type Chat } from './support/history.ts';
import { blocksOf, explain } from './support/plans.ts';

const ROWS = 237;

const test = onDatabase.extend<{ chat: Chat }>({
  chat: [
    async ({ history: chat }, use) => {
      // Several rows per millisecond, record ids in another order than times, and a private column.
      await chat.client.query(`alter table chat_data add column moderator_note text default 'private'`);
      await chat.client
        .query(`insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
          select 'Ann', 'm' || n, 'text', 'ann', 1700000000000 + (n * 7 % 50) from generate_series(1, ${ROWS}) n`);
      await use(chat);
    },
    { scope: 'file' },
  ],
});
test.beforeAll(({ chat }) => void chat);

async function readPage({ history }: Chat, query?: Record<string, string>) {
  const answer = await history(request(query));
  expect(answer).toMatchObject({
    statusCode: 200,
    headers: { 'cache-control': 'no-store', 'content-type': 'application/json; charset=utf-8' },
  });
  return v.parse(HistoryPageSchema, JSON.parse(answer.body));
}

describe('chat-history', () => {
  test('returns the newest 50 rows by default, newest first, with the public columns only', async ({
    chat,
  }) => {
    const { client, history } = chat;
    const page = await readPage(chat);
    const { rows } = await client.query(
      'select msg_id from chat_data order by created_at_timestamp desc, incremental_record_id desc limit 50',
    );
    expect(page.rows.map(({ msg_id }) => msg_id)).toEqual(rows.map(({ msg_id }) => msg_id));
    const [newest] = JSON.parse((await history(request())).body).rows;
    expect(Object.keys(newest).sort()).toEqual(
      Object.keys(HistoryPageSchema.entries.rows.item.entries).sort(),
    );
    expect(newest).toMatchObject({
      created_at_timestamp: 1700000000049,
      revision: 1,
      edited_at_timestamp: null,
    });
  });

  test.for(['1', '7', '50', '79', '100'])(
    'returns each row once, in order, over all pages of limit %s',
    async (limit, { chat }) => {
      const seen: string[] = [];
      let before: string | null = null;
      do {
        const page: v.InferOutput<typeof HistoryPageSchema> = await readPage(chat, {
          limit,
          ...(before && { before }),
        });
        seen.push(...page.rows.map(({ msg_id }) => msg_id));
        expect(page.rows.length).toBeGreaterThan(0);
        before = page.next;
      } while (before);
      const { rows } = await chat.client.query(
        'select msg_id from chat_data order by created_at_timestamp desc, incremental_record_id desc',
      );
      expect(seen).toEqual(rows.map(({ msg_id }) => msg_id));
    },
  );

  test('returns an empty page before the beginning of the chat', async ({ chat }) => {
    expect(await readPage(chat, { before: '0,0' })).toEqual({ rows: [], next: null });
  });

  test('gives the newest page alone a cursor of chat-changes', async ({ chat }) => {
    const { cursor, next } = await readPage(chat);
    expect(v.parse(ChangesQuerySchema, { since: cursor }).since?.ms).toBeCloseTo(Date.now(), -5);
    expect(await readPage(chat, { before: String(next) })).not.toHaveProperty('cursor');
  });

  test('gives an empty newest page a cursor', async ({ chat }) => {
    await chat.client.query(`alter table chat_data rename to elsewhere;
      create table chat_data (like elsewhere); grant select on chat_data to reader`);
    const page = await readPage(chat);
    await chat.client.query('drop table chat_data; alter table elsewhere rename to chat_data');
    expect(page).toEqual({ rows: [], next: null, cursor: expect.any(String) });
  });

  test.for<[Record<string, string>, string]>([
    [{ limit: '0' }, 'limit: must be at least 1'],
    [{ limit: '101' }, 'limit: must be at most 100'],
    [{ limit: '1e2' }, 'limit: must be a whole number'],
    [{ limit: '5,6' }, 'limit: must be a whole number'],
    [{ before: '5' }, 'before: must be <created_at_timestamp>,<incremental_record_id>'],
    [{ before: '5,6; drop table chat_data' }, 'before: must be'],
    [{ offset: '5' }, 'offset'],
  ])('rejects %o with the reason', async ([query, reason], { chat }) => {
    const answer = await chat.history(request(query));
    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({ error: { message: expect.stringContaining(reason) } });
  });

  test.for([
    '',
    'Bearer',
    'Bearer ',
    `Bearer ${SECRET}x`,
    `Bearer ${SECRET.slice(1)}`,
    SECRET,
    `Basic ${SECRET}`,
  ])('rejects the Authorization header "%s"', async (authorization, { chat }) => {
    const answer = await chat.history(request({ limit: '0' }, { authorization, method: 'POST' }));
    expect(answer).toMatchObject({ statusCode: 401, headers: { 'www-authenticate': 'Bearer' } });
    expect(answer.body).not.toContain(SECRET);
  });

  test('rejects a request without headers and an event that is not a request', async ({
    chat: { history },
  }) => {
    expect(await history({ ...request(), headers: undefined })).toMatchObject({ statusCode: 401 });
    for (const event of [undefined, {}, 'x']) expect(await history(event)).toMatchObject({ statusCode: 400 });
  });

  test('rejects other methods than GET', async ({ chat }) => {
    expect(await chat.history(request(undefined, { method: 'DELETE' }))).toMatchObject({
      statusCode: 405,
      headers: { allow: 'GET' },
    });
  });

  test('answers 500 without details when the database fails, and logs the reason', async ({
    chat: { client, history },
    lines,
  }) => {
    await client.query('alter table chat_data rename to elsewhere');
    try {
      const answer = await history(request());
      expect(answer).toMatchObject({ statusCode: 500, headers: { 'cache-control': 'no-store' } });
      expect(JSON.parse(answer.body)).toEqual({
        error: { message: expect.not.stringContaining('chat_data') },
      });
      expect(lines).toEqual([
        expect.objectContaining({
          level: 'error',
          event: 'history-failed',
          reason: expect.stringContaining('chat_data'),
        }),
        expect.objectContaining({ event: 'answered', statusCode: 500, served: 0, failed: 1 }),
      ]);
    } finally {
      await client.query('alter table elsewhere rename to chat_data');
    }
  });

  test('reads one short index range per page, with the same plan for a thousand and a million rows', async ({
    chat: { client },
  }) => {
    const costs = [];
    for (const rows of [1_000, 1_000_000]) {
      await client.query('create table grown (like chat_data including all)');
      await client.query('alter table grown drop column changed_in'); // its index is not used here
      await client.query(
        `insert into grown (msg_id, created_at_timestamp, incremental_record_id)
       select n::text, 1700000000000 + n / 3, n from generate_series(1, ${rows}) n`,
      );
      await client.query('analyze grown');
      const middle = 1_700_000_000_000 + Math.floor(rows / 6);
      for (const [text, values] of [
        [NEWEST_PAGE, [51]],
        [OLDER_PAGE, [51, middle, rows / 2]],
      ] as const) {
        const query = text.replace('public.chat_data', 'grown');
        const nodes = await explain(client, query, values);
        const [limit, scan] = nodes.slice(nodes.findIndex((node) => node['Node Type'] === 'Limit'));
        expect([limit, scan]).toMatchObject([
          { 'Node Type': 'Limit', 'Actual Rows': 51 },
          { 'Node Type': 'Index Scan' },
        ]);
        expect(scan).not.toHaveProperty('Plans');
        costs.push(blocksOf(nodes[0]));
      }
      await client.query('drop table grown');
    }
    const [newest = 0, older = 0, newestOfMany = 0, olderOfMany = 0] = costs;
    // An index of a million entries is one level higher than one of a thousand.
    expect(newestOfMany - newest).toBeLessThanOrEqual(3);
    expect(olderOfMany - older).toBeLessThanOrEqual(3);
    expect(Math.max(...costs)).toBeLessThan(20);
  }, 60_000);
});
