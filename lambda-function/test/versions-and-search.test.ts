import {
  MessageVersionsSchema,
  parseJson,
  PastPageSchema,
  READ_PATHS,
  SearchPageSchema,
  TimelineSchema,
} from '@chat/contract';
import * as v from 'valibot';
import { describe, expect } from 'vitest';
import { SEARCH } from '../src/read-search.ts';
import { request, test, type Chat } from './support/history.ts';
import { blocksOf, explain } from './support/plans.ts';

test.beforeAll(({ history }) => void history);

async function read<Schema extends v.GenericSchema>(
  { history }: Chat,
  schema: Schema,
  path: string,
  query?: Record<string, string>,
): Promise<v.InferOutput<Schema>> {
  const answer = await history(request(query, { path }));
  expect(answer).toMatchObject({ statusCode: 200, headers: { 'cache-control': 'no-store' } });
  return v.parse(schema, parseJson(answer.body));
}

const insert = ({ client }: Chat, id: string, time: number, text: string) =>
  client.query(
    `insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
     values ('Ann', $1, $3, 'ann', $2)`,
    [id, time, text],
  );
const update = ({ client }: Chat, id: string, text: string) =>
  client.query('update chat_data set msg_data = $2 where msg_id = $1', [id, text]);

describe('chat-history, asked for the versions of a message,', () => {
  const versions = (chat: Chat, id: string) => read(chat, MessageVersionsSchema, READ_PATHS.versions, { id });

  test('answers them oldest first, and none for an unknown message', async ({ history: chat }) => {
    await insert(chat, 'v', 5, 'one');
    await update(chat, 'v', 'two');
    expect(await versions(chat, 'v')).toEqual({
      versions: [
        { revision: 1, content: 'one', at: 5, source: 'database' },
        { revision: 2, content: 'two', at: expect.any(Number), source: 'database' },
      ],
      complete: true,
    });
    expect(await versions(chat, 'unknown')).toEqual({ versions: [], complete: true });
  });

  test('leaves out the oldest when they are too large for an answer, and says so', async ({
    history: chat,
  }) => {
    await insert(chat, 'large', 5, 'first');
    for (let n = 0; n < 4; n += 1) await update(chat, 'large', 'x'.repeat(1_000_000));
    await update(chat, 'large', 'y'.repeat(2_000_000));
    const { versions: kept, complete } = await versions(chat, 'large');
    expect(kept.map(({ revision }) => revision)).toEqual([6]);
    expect(complete).toBe(false);
  });
});

describe('chat-history, asked for an earlier time,', () => {
  test('answers pages of what was there, with cursors that continue them', async ({ history: chat }) => {
    for (const [index, id] of ['p1', 'p2', 'p3', 'p4'].entries()) await insert(chat, id, 1_000 + index, id);
    await update(chat, 'p1', 'changed');
    const page = (before?: string) =>
      read(chat, PastPageSchema, '/', { at: '1002', limit: '2', ...(before && { before }) });
    const first = await page();
    expect(first.rows.map(({ msg_data }) => msg_data)).toEqual(['p3', 'p2']);
    const second = await page(first.next ?? '');
    expect(second.rows[0]).toMatchObject({ msg_data: 'p1', revision: 1, is_deleted: false });
  });

  test('answers the chat’s life for a slider', async ({ history: chat }) => {
    const { from, to, edits } = await read(chat, TimelineSchema, READ_PATHS.timeline);
    expect(from).toBe(5);
    expect(Number(to)).toBeGreaterThan(Date.now() - 60_000);
    expect(edits.length).toBeGreaterThan(0);
  });
});

describe('chat-history, asked to search,', () => {
  const search = (chat: Chat, query: Record<string, string>) =>
    read(chat, SearchPageSchema, READ_PATHS.search, query);

  test('answers the newest matching version of each message, and its row, in pages', async ({
    history: chat,
  }) => {
    for (const id of ['s1', 's2', 's3']) await insert(chat, id, 2_000, `needle of ${id}`);
    await update(chat, 's3', 'nothing');
    const first = await search(chat, { q: 'need', limit: '2' });
    expect(first.matches).toMatchObject([
      { row: { msg_id: 's3', msg_data: 'nothing' }, revision: 1, content: 'needle of s3' },
      { row: { msg_id: 's2' }, revision: 1, content: 'needle of s2' },
    ]);
    const second = await search(chat, { q: 'need', limit: '2', before: first.next ?? '' });
    expect(second.matches.map(({ row }) => row.msg_id)).toEqual(['s1']);
    expect(second.next).toBeNull();
  });

  test('reads few blocks, for a rare and for a frequent word, among 30,000 messages', async ({
    history: chat,
  }) => {
    const { client } = chat;
    await client.query(`insert into chat_data (msg_id, msg_data, created_at_timestamp)
      select 'm' || n, 'frequent common' || n % 300 || case when n % 10000 = 0 then ' rare' else '' end, 10000 + n
      from generate_series(1, 30000) as n`);
    await client.query('vacuum analyze chat_data');
    const last = ['9223372036854775807', '9223372036854775807'];
    await explain(client, SEARCH, ['any', ...last, 21]); // reads catalogs, which a session caches
    for (const word of ['rare', 'frequent', 'absent']) {
      const [plan] = await explain(client, SEARCH, [word, ...last, 21]);
      expect(blocksOf(plan), word).toBeLessThan(400);
    }
  });
});

test.for([
  [READ_PATHS.versions, {}, 'id'],
  [READ_PATHS.versions, { id: '' }, 'id'],
  [READ_PATHS.search, { q: ' ' }, 'q'],
  [READ_PATHS.search, { q: 'x', limit: '51' }, 'limit'],
  [READ_PATHS.search, { q: 'x'.repeat(201) }, 'q'],
  [READ_PATHS.timeline, { since: '5' }, 'since'],
  ['/', { at: 'yesterday' }, 'at'],
  ['/', { at: '9223372036854775808' }, 'at'],
] as const)('chat-history: rejects %s with %j by name', async ([path, query, name], { history: chat }) => {
  const answer = await chat.history(request(query as unknown as Record<string, string>, { path }));
  expect(answer.statusCode).toBe(400);
  expect(answer.body).toContain(`${name}:`);
});
