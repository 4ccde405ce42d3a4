import { ChatChangesSchema, HistoryPageSchema, READ_PATHS, type ChatChanges } from '@chat/contract';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect } from 'vitest';
import { CHANGES } from '../src/read-changes.ts';
import { request, SECRET, test, type Chat } from './support/history.ts';
import { blocksOf, explain } from './support/plans.ts';

test.beforeAll(({ history }) => void history);

const ask = ({ history }: Chat, query?: Record<string, string>) =>
  history(request(query, { path: READ_PATHS.changes }));

async function readChanges(chat: Chat, since?: string): Promise<ChatChanges> {
  const answer = await ask(chat, since === undefined ? undefined : { since });
  expect(answer).toMatchObject({
    statusCode: 200,
    headers: { 'cache-control': 'no-store', 'content-type': 'application/json; charset=utf-8' },
  });
  return v.parse(ChatChangesSchema, JSON.parse(answer.body));
}

const insert = ({ client }: Chat, ids: readonly string[], time?: number, text = 'text') =>
  client.query(
    `insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
     select 'Ann', id, $2, 'ann', $3 from unnest($1::text[]) as id`,
    [ids, text, time],
  );

const kindsOf = ({ changes }: ChatChanges) =>
  Object.fromEntries(changes.map(({ kind, msg_id }) => [msg_id, kind]));

describe('chat-history, asked for changes,', () => {
  test('answers a cursor without changes, from which the next answer continues', async ({
    history: chat,
  }) => {
    const start = await readChanges(chat);
    expect(start).toEqual({ changes: [], cursor: expect.any(String), complete: true });
    expect(await readChanges(chat, start.cursor)).toMatchObject({ changes: [], complete: true });
    await insert(chat, ['first']);
    const { cursor } = await readChanges(chat, start.cursor);
    await insert(chat, ['second']);
    expect(kindsOf(await readChanges(chat, cursor))).toEqual({ second: 'insert' });
    expect(kindsOf(await readChanges(chat, start.cursor))).toEqual({ first: 'insert', second: 'insert' });
  });

  test('continues from the cursor of a history page, also over a transaction that commits late', async ({
    history: chat,
  }) => {
    const { client, history } = chat;
    await client.query('begin');
    await insert(chat, ['late']);
    const page = v.parse(HistoryPageSchema, JSON.parse((await history(request())).body));
    await client.query('commit');
    expect(page.rows.map(({ msg_id }) => msg_id)).not.toContain('late');
    expect(kindsOf(await readChanges(chat, page.cursor))).toEqual({ late: 'insert' });
  });

  test('distinguishes inserts, edits and deletes, with the public columns of the row', async ({
    history: chat,
  }) => {
    const { client } = chat;
    await insert(chat, ['old', 'gone'], 5);
    const { cursor } = await readChanges(chat);
    await insert(chat, ['copied'], 5);
    await insert(chat, ['new']);
    await client.query(`delete from chat_data where msg_id = 'gone'`);
    await client.query(`update chat_data set msg_data = 'edited' where msg_id in ('old', 'new')`);
    await client.query(`alter table chat_data add column moderator_note text default 'private'`);
    const answer = await readChanges(chat, cursor);
    expect(kindsOf(answer)).toEqual({ old: 'edit', gone: 'delete', copied: 'insert', new: 'insert' });
    expect(answer.changes).toContainEqual({ kind: 'delete', msg_id: 'gone' });
    const { body } = await ask(chat, { since: cursor });
    const raw = JSON.parse(body).changes.find((change: { msg_id: string }) => change.msg_id === 'old');
    expect(raw.row).toEqual({
      username: 'Ann',
      msg_id: 'old',
      msg_data: 'edited',
      client_id: 'ann',
      incremental_record_id: expect.any(Number),
      created_at_timestamp: 5,
      is_edited: null,
      revision: 2,
      edited_at_timestamp: null,
      source: 'database',
      changed_at_timestamp: expect.any(Number),
    });
  });

  test('is incomplete when more changed than an answer holds, by number and by size', async ({
    history: chat,
  }) => {
    const { cursor } = await readChanges(chat);
    await insert(
      chat,
      Array.from({ length: 201 }, (_, number) => `many${number}`),
    );
    const many = await readChanges(chat, cursor);
    expect(many).toEqual({ changes: [], cursor: expect.any(String), complete: false });
    await insert(chat, ['large1', 'large2', 'large3'], 5, 'x'.repeat(1_100_000));
    expect(await readChanges(chat, many.cursor)).toMatchObject({ changes: [], complete: false });
    expect(await readChanges(chat, (await readChanges(chat)).cursor)).toMatchObject({ complete: true });
  });

  test.for<[Record<string, string>, string]>([
    [{ since: '' }, 'since: must be the cursor of an answer'],
    [{ since: '5' }, 'since: must be the cursor of an answer'],
    [{ since: '5~9:3:' }, 'since: must be the cursor of an answer'],
    [{ since: '5~3:9:2' }, 'since: must be the cursor of an answer'],
    [{ since: '5~3:9:9' }, 'since: must be the cursor of an answer'],
    [{ since: '5~3:9:5,4' }, 'since: must be the cursor of an answer'],
    [{ since: '5~0:9:' }, 'since: must be the cursor of an answer'],
    [{ since: '5~4294967296:4294967297:' }, 'since: must be the cursor of an answer'],
    [{ since: `5~3:9999:${'4,'.repeat(2_000)}4` }, 'since: must have at most 4,000 characters'],
    [{ since: "5~3:3:'; drop table chat_data" }, 'since: must be'],
    [{ limit: '5' }, 'limit'],
  ])('rejects %o with the reason', async ([query, reason], { history: chat }) => {
    const answer = await ask(chat, query);
    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({ error: { message: expect.stringContaining(reason) } });
  });

  test('rejects every cursor that PostgreSQL would reject, and no other', async ({ history: chat }) => {
    const number = fc.oneof(
      fc.bigInt(0n, 12n),
      fc.bigInt(2n ** 32n - 2n, 2n ** 32n + 2n),
      fc.bigInt(0n, 10n ** 19n - 1n),
    );
    const snapshots = fc
      .tuple(number, number, fc.array(number, { maxLength: 4 }))
      .map(([xmin, xmax, running]) => `${xmin}:${xmax}:${running.join()}`);
    await fc.assert(
      fc.asyncProperty(snapshots, async (snapshot) => {
        const accepted = await chat.client.query('select $1::pg_snapshot', [snapshot]).then(
          () => true,
          () => false,
        );
        expect((await ask(chat, { since: `5~${snapshot}` })).statusCode).toBe(accepted ? 200 : 400);
      }),
      { numRuns: 200 },
    );
  });

  test('rejects a caller without the secret, and other methods than GET', async ({
    history: { history },
  }) => {
    const path = READ_PATHS.changes;
    expect(await history(request({}, { path, authorization: `Bearer ${SECRET}x` }))).toMatchObject({
      statusCode: 401,
    });
    expect(await history(request({}, { path, method: 'POST' }))).toMatchObject({ statusCode: 405 });
  });

  test('reads a bounded number of blocks, whatever the cursor', async ({ history: chat }) => {
    const { client } = chat;
    const { rows: before } = await client.query('select pg_current_snapshot()::text as snapshot');
    await client.query(`insert into chat_data (msg_id) select 'x' || n from generate_series(1, 50000) n`);
    await client.query(`delete from chat_data where msg_id like 'x%'`);
    await client.query(`insert into chat_data (msg_id) select 'y' || n from generate_series(1, 50000) n`);
    await client.query(`insert into chat_data (msg_id) select 'z' || n from generate_series(1, 50000) n`);
    await client.query('vacuum analyze chat_data, chat_private.deleted_messages');
    const { rows: now } = await client.query('select pg_current_snapshot()::text as snapshot');
    const [{ snapshot: present }] = now;
    const [next] = present.split(':');
    const last = Array.from({ length: 700 }, (_, number) => Number(next) - 700 + number).join();
    for (const [snapshot, most] of [
      [present, 30],
      [before[0].snapshot, 50],
      ['3:3:', 50],
      // Asks for 700 transactions one by one, hardly any of which wrote to the chat.
      [`3:${next}:${last}`, 5_000],
    ] as const) {
      expect(await blocksSince(chat, snapshot), snapshot.slice(0, 20)).toBeLessThan(most);
    }
    await client.query(
      `update chat_data set msg_data = 'new' from generate_series(1, 200) as n where msg_id = 'y' || n`,
    );
    expect(kindsOf(await readChanges(chat, `${Date.now()}~${present}`))).toMatchObject({ y200: 'edit' });
    expect(await blocksSince(chat, present)).toBeLessThan(2_000);
  }, 60_000);
});

async function blocksSince({ client }: Chat, snapshot: string): Promise<number> {
  await explain(client, CHANGES, [snapshot, Date.now()]); // fills the session's cache of the catalogue
  const [plan] = await explain(client, CHANGES, [snapshot, Date.now()]);
  return blocksOf(plan);
}
