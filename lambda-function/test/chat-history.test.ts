import { HistoryPageSchema } from '@chat/contract';
import pg from 'pg';
import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { migrate, startDatabaseServer } from '@chat/test-database';
import type { DatabaseServer } from '@chat/test-database';
import { NEWEST_PAGE, OLDER_PAGE } from '../src/read-history.ts';
import { databaseEnv, startInstance } from './support/functions.ts';
import type { Answer } from './support/functions.ts';
import { catchLog } from './support/log-lines.ts';

const SECRET = 'a secret of some length';
const ROWS = 237;

let server: DatabaseServer;
let client: pg.Client;
let history: (event: unknown) => Promise<Answer>;

beforeAll(async () => {
  server = await startDatabaseServer();
  const url = await server.createDatabase();
  await migrate(url);
  client = new pg.Client(url);
  await client.connect();
  // Many rows of one millisecond, times and record ids in different orders, and a column that is nobody's business.
  await client.query(`alter table chat_data add column moderator_note text default 'private'`);
  await client.query(`insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
    select 'Ann', 'm' || n, 'text', 'ann', 1700000000000 + (n * 7 % 50) from generate_series(1, ${ROWS}) n`);
  history = await startInstance('chat-history', { ...databaseEnv(url), HISTORY_SECRET: SECRET });
});
let lines: Record<string, unknown>[];
beforeEach(() => {
  lines = catchLog();
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'chat-lambda'`,
  );
  await client.end();
  await server.stop();
});

/** A function URL's event, payload format 2.0, as far as AWS fills it for a plain GET. */
function request(
  query?: Record<string, string>,
  { method = 'GET', authorization = `Bearer ${SECRET}` } = {},
) {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/',
    rawQueryString: new URLSearchParams(query).toString(),
    headers: { authorization, host: 'x.lambda-url.eu-west-1.on.aws' },
    ...(query && { queryStringParameters: query }),
    requestContext: { http: { method, path: '/', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' } },
    isBase64Encoded: false,
  };
}

async function pageOf(query?: Record<string, string>) {
  const answer = await history(request(query));
  expect(answer).toMatchObject({
    statusCode: 200,
    headers: { 'cache-control': 'no-store', 'content-type': 'application/json; charset=utf-8' },
  });
  return v.parse(HistoryPageSchema, JSON.parse(answer.body));
}

test('the newest rows come first, fifty unless asked otherwise, with the public columns alone', async () => {
  const page = await pageOf();
  const { rows } = await client.query(
    'select msg_id from chat_data order by created_at_timestamp desc, incremental_record_id desc limit 50',
  );
  expect(page.rows.map(({ msg_id }) => msg_id)).toEqual(rows.map(({ msg_id }) => msg_id));
  const [newest] = JSON.parse((await history(request())).body).rows;
  expect(Object.keys(newest).sort()).toEqual(Object.keys(HistoryPageSchema.entries.rows.item.entries).sort());
  expect(newest).toMatchObject({
    created_at_timestamp: 1700000000049,
    revision: 1,
    edited_at_timestamp: null,
  });
});

test.each(['1', '7', '50', '79', '100'])(
  'walking with limit %s meets each row once, in order',
  async (limit) => {
    const seen: string[] = [];
    let before: string | null = null;
    do {
      const page: v.InferOutput<typeof HistoryPageSchema> = await pageOf({
        limit,
        ...(before && { before }),
      });
      seen.push(...page.rows.map(({ msg_id }) => msg_id));
      expect(page.rows.length).toBeGreaterThan(0);
      before = page.next;
    } while (before);
    const { rows } = await client.query(
      'select msg_id from chat_data order by created_at_timestamp desc, incremental_record_id desc',
    );
    expect(seen).toEqual(rows.map(({ msg_id }) => msg_id));
  },
);

test('before the beginning there is an empty page', async () => {
  expect(await pageOf({ before: '0,0' })).toEqual({ rows: [], next: null });
});

test.each([
  [{ limit: '0' }, 'limit: must be at least 1'],
  [{ limit: '101' }, 'limit: must be at most 100'],
  [{ limit: '1e2' }, 'limit: must be a whole number'],
  [{ limit: '5,6' }, 'limit: must be a whole number'],
  [{ before: '5' }, 'before: must be <created_at_timestamp>,<incremental_record_id>'],
  [{ before: '5,6; drop table chat_data' }, 'before: must be'],
  [{ offset: '5' }, 'offset'],
])('%o is refused with the reason', async (query, reason) => {
  const answer = await history(request(query));
  expect(answer.statusCode).toBe(400);
  expect(JSON.parse(answer.body)).toEqual({ error: { message: expect.stringContaining(reason) } });
});

test.each([
  '',
  'Bearer',
  'Bearer ',
  `Bearer ${SECRET}x`,
  `Bearer ${SECRET.slice(1)}`,
  SECRET,
  `Basic ${SECRET}`,
])('the Authorization header "%s" is refused', async (authorization) => {
  const answer = await history(request({ limit: '0' }, { authorization, method: 'POST' }));
  expect(answer).toMatchObject({ statusCode: 401, headers: { 'www-authenticate': 'Bearer' } });
  expect(answer.body).not.toContain(SECRET);
});

test('without any header the request is refused, and what is no request at all too', async () => {
  expect(await history({ ...request(), headers: undefined })).toMatchObject({ statusCode: 401 });
  for (const event of [undefined, {}, 'x']) expect(await history(event)).toMatchObject({ statusCode: 400 });
});

test('another method than GET is refused', async () => {
  expect(await history(request(undefined, { method: 'DELETE' }))).toMatchObject({
    statusCode: 405,
    headers: { allow: 'GET' },
  });
});

test('a failure of the database is a 500 without details, and a line in the log', async () => {
  await client.query('alter table chat_data rename to elsewhere');
  try {
    const answer = await history(request());
    expect(answer).toMatchObject({ statusCode: 500, headers: { 'cache-control': 'no-store' } });
    expect(JSON.parse(answer.body)).toEqual({ error: { message: expect.not.stringContaining('chat_data') } });
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

test('a page is one short range of an index: the same plan, and as few blocks, with a thousand rows and with a million', async () => {
  const costs = [];
  for (const rows of [1_000, 1_000_000]) {
    await client.query(`create table grown (like chat_data including all)`);
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
      const { rows: answer } = await client.query(`explain (analyze, buffers, format json) ${query}`, [
        ...values,
      ]);
      const { 'Node Type': limit, 'Actual Rows': found, Plans } = answer[0]['QUERY PLAN'][0].Plan;
      const { 'Node Type': scan, 'Shared Hit Blocks': hit, 'Shared Read Blocks': read } = Plans[0];
      expect({ limit, found, scan, below: Plans[0].Plans }).toEqual({
        limit: 'Limit',
        found: 51,
        scan: 'Index Scan',
      });
      costs.push(hit + read);
    }
    await client.query('drop table grown');
  }
  const [newest = 0, older = 0, newestOfMany = 0, olderOfMany = 0] = costs;
  // An index of a million entries is one level higher than one of a thousand.
  expect(newestOfMany - newest).toBeLessThanOrEqual(3);
  expect(olderOfMany - older).toBeLessThanOrEqual(3);
  expect(Math.max(...costs)).toBeLessThan(20);
});
