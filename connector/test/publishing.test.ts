import { RowChangeMessageSchema } from '@chat/contract';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { rawConfig, runConnector } from './support/connector.ts';
import { useSetting } from './support/setting.ts';

const setting = useSetting();

const insert = (from: number, to: number) =>
  setting.database.query(
    `INSERT INTO chat_data (msg_id, msg_data) SELECT 'm' || i, 'text ' || i FROM generate_series($1::int, $2::int) i`,
    [from, to],
  );

const changeOf = (data: string | undefined) => v.parse(RowChangeMessageSchema, data);
const idsOf = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `m${from + i}`);
const acceptedRows = (channel = 'incoming-chat') =>
  setting.ably.accepted
    .filter((message) => message.channel === channel)
    .map(({ data }) => changeOf(data).row.msg_id);

async function outboxIsEmpty(): Promise<void> {
  await expect
    .poll(() => setting.database.query('SELECT sequence_id FROM outbox WHERE NOT processed'), {
      timeout: 15_000,
    })
    .toEqual([]);
}

describe('a row change', () => {
  test('becomes the message that the 2021 connector sent: its name, and JSON text', async () => {
    await using _ = await runConnector(rawConfig(setting.database, setting.ably));
    await setting.database.query(
      `INSERT INTO chat_data (msg_id, msg_data, username) VALUES ('m1', 'hello', 'Ada')`,
    );
    await setting.database.query(`UPDATE chat_data SET msg_data = 'hullo'`);
    await setting.database.query(`DELETE FROM chat_data`);
    await expect.poll(() => setting.ably.accepted.length).toBe(3);

    expect(new Set(setting.ably.accepted.map(({ name }) => name))).toEqual(
      new Set(['New message from the Ably/ Postgres connector']),
    );
    const changes = setting.ably.accepted.map(({ data }) => changeOf(data));
    expect(changes.map(({ type, row }) => [type, row.msg_data, row.revision])).toEqual([
      ['INSERT', 'hello', 1],
      ['UPDATE', 'hullo', 2],
      ['DELETE', 'hullo', 2],
    ]);
  });

  test('alone in its batch goes under the id of its outbox row', async () => {
    await using _ = await runConnector(rawConfig(setting.database, setting.ably));
    await insert(1, 1);
    await outboxIsEmpty();
    const [kept] = await setting.database.query<{ mutation_id: string }>('SELECT mutation_id FROM outbox');
    expect(setting.ably.accepted.map(({ id }) => id)).toEqual([kept?.mutation_id]);
  });

  test.each([
    ['of 9,000 characters, which NOTIFY could not carry', 'x'.repeat(9_000)],
    ['of characters that take two to four bytes', 'é漢👋🏽'.repeat(1_000)],
    ['with quotes, backslashes and line breaks', `"\\ \n'`],
  ])('arrives whole: a text %s', async (_, text) => {
    await using _connector = await runConnector(rawConfig(setting.database, setting.ably));
    await setting.database.query('INSERT INTO chat_data (msg_id, msg_data) VALUES ($1, $2)', ['m1', text]);
    await expect.poll(() => setting.ably.accepted.length).toBe(1);
    expect(changeOf(setting.ably.accepted[0]?.data).row.msg_data).toBe(text);
  });

  test('keeps numbers that JavaScript cannot hold', async () => {
    await setting.database.query('CREATE TABLE accounts (balance numeric, id bigint)');
    const route = { tablename: 'accounts', ablychannelname: 'accounts', operation: 'INSERT' };
    await using _ = await runConnector(rawConfig(setting.database, setting.ably, [route]));
    await setting.database.query('INSERT INTO accounts VALUES (0.12345678901234567890, 9007199254740993)');
    await expect.poll(() => setting.ably.accepted.length).toBe(1);
    expect(setting.ably.accepted[0]?.data).toMatch(
      /0\.12345678901234567890.*9007199254740993|9007199254740993.*0\.1234/,
    );
  });

  test('of a transaction that is rolled back is never heard of', async () => {
    await using _ = await runConnector(rawConfig(setting.database, setting.ably));
    await setting.database.query(`BEGIN; INSERT INTO chat_data (msg_id) VALUES ('never'); ROLLBACK`);
    await insert(1, 1);
    await outboxIsEmpty();
    expect(acceptedRows()).toEqual(['m1']);
  });
});

describe('order', () => {
  test('rows written while no connector ran are published at its start, in order, each once', async () => {
    await (await runConnector(rawConfig(setting.database, setting.ably))).stop(); // leaves the triggers in place
    await insert(1, 250);
    expect(setting.ably.accepted).toEqual([]);
    await using _ = await runConnector(rawConfig(setting.database, setting.ably));
    await outboxIsEmpty();
    expect(acceptedRows()).toEqual(idsOf(1, 250));
  });

  test('rows of concurrent writers keep the order of each writer', async () => {
    await using _ = await runConnector(rawConfig(setting.database, setting.ably));
    const writers = [1_000, 2_000, 3_000, 4_000];
    await Promise.all(
      writers.map(async (first) => {
        for (let i = 0; i < 50; i += 1) await insert(first + i, first + i);
      }),
    );
    await outboxIsEmpty();
    for (const first of writers) {
      const own = acceptedRows().filter((id) => Math.floor(Number(id.slice(1)) / 1_000) === first / 1_000);
      expect(own).toEqual(idsOf(first, first + 49));
    }
  });

  test('many rows go in batches that Ably takes: 1,000 messages and 60 KiB at most', async () => {
    await (await runConnector(rawConfig(setting.database, setting.ably))).stop();
    await setting.database.query(
      `INSERT INTO chat_data (msg_id, msg_data) SELECT 'm' || i, repeat('x', 4000) FROM generate_series(1, 40) i`,
    );
    await insert(41, 240);
    await setting.database.query(
      `INSERT INTO outbox (mutation_id, channel, name) SELECT i, 'tiny', 'n' FROM generate_series(1, 2500) i`,
    );
    await using _ = await runConnector(rawConfig(setting.database, setting.ably));
    await outboxIsEmpty();
    expect(acceptedRows()).toEqual(idsOf(1, 240));
    const batches = Map.groupBy(setting.ably.accepted, ({ id }) => id.split(':')[0]);
    expect(batches.size).toBe(setting.ably.requests);
    expect(Math.max(...[...batches.values()].map(({ length }) => length))).toBe(1_000);
    for (const messages of batches.values()) {
      expect(messages.map(({ id }) => Number(id.split(':')[1]))).toEqual(messages.map((_, index) => index));
      expect(messages.length).toBeLessThanOrEqual(1_000);
      expect(Buffer.byteLength(messages.map(({ data }) => data).join(''))).toBeLessThanOrEqual(65_536);
    }
  });
});

test('one statement over 100,000 rows is published whole and in order', async () => {
  await (await runConnector(rawConfig(setting.database, setting.ably))).stop();
  await setting.database.query('ALTER TABLE chat_data DISABLE TRIGGER outbox_capture_insert');
  await insert(1, 100_000);
  await using connector = await runConnector(rawConfig(setting.database, setting.ably));
  await setting.database.query(`UPDATE chat_data SET msg_data = 'edited'`);
  await expect.poll(() => setting.ably.accepted.length, { timeout: 30_000 }).toBe(100_000);
  await outboxIsEmpty();
  // Not parsed by the schema: that would take longer than all the rest.
  expect(setting.ably.accepted.map(({ data }) => JSON.parse(data ?? '').row.msg_id)).toEqual(
    idsOf(1, 100_000),
  );
  expect(connector.seen['channel:failed']).toBeUndefined();
}, 60_000);

describe('when Ably fails', () => {
  test('with a status, rows are published later, all of them, in order', async () => {
    await using connector = await runConnector(rawConfig(setting.database, setting.ably));
    const waits: number[] = [];
    connector.events.on('channel:failed', ({ failures }) => waits.push(failures));
    let failuresLeft = 3;
    setting.ably.behave(() => (failuresLeft-- > 0 ? 500 : 'accept'));
    for (let i = 1; i <= 20; i += 1) await insert(i, i);
    await outboxIsEmpty();
    expect(acceptedRows()).toEqual(idsOf(1, 20));
    expect(waits).toEqual([1, 2, 3]); // each longer than the one before
  });

  test('by refusing, rows stay until it does not refuse any more', async () => {
    await using connector = await runConnector(rawConfig(setting.database, setting.ably));
    setting.ably.behave(() => 401);
    await insert(1, 3);
    await expect.poll(() => connector.seen['channel:failed']).toBeGreaterThanOrEqual(2);
    expect(await setting.database.query('SELECT FROM outbox WHERE NOT processed')).toHaveLength(3);
    setting.ably.behave(() => 'accept');
    await outboxIsEmpty();
    expect(acceptedRows()).toEqual(idsOf(1, 3));
  });

  test('by not answering, rows are published again under the same ids', async () => {
    await using connector = await runConnector(rawConfig(setting.database, setting.ably), {
      publishTimeout: 200,
    });
    setting.ably.behave(() => 'accept-and-hang');
    await insert(1, 3);
    await expect.poll(() => connector.seen['channel:failed']).toBe(1);
    await insert(4, 6); // must not slip into the batch that Ably may have
    setting.ably.behave(() => 'accept');
    await outboxIsEmpty();

    const distinct = new Map(setting.ably.accepted.map((message) => [message.id, message]));
    expect(setting.ably.accepted.length).toBeGreaterThan(distinct.size);
    expect([...distinct.values()].map(({ data }) => changeOf(data).row.msg_id)).toEqual(idsOf(1, 6));
    for (const message of setting.ably.accepted) expect(message).toEqual(distinct.get(message.id));
  });

  test('for one channel, the others go on', async () => {
    await setting.database.query('CREATE TABLE users (id int)');
    const routes = [
      { tablename: 'chat_data', ablychannelname: 'stuck', operation: 'INSERT' },
      { tablename: 'users', ablychannelname: 'free', operation: 'INSERT' },
    ];
    await using connector = await runConnector(rawConfig(setting.database, setting.ably, routes));
    setting.ably.behave((channel) => (channel === 'stuck' ? 503 : 'accept'));
    await insert(1, 2);
    await expect.poll(() => connector.seen['channel:failed']).toBeGreaterThanOrEqual(1);
    await setting.database.query('INSERT INTO users VALUES (1)');
    await expect.poll(() => setting.ably.accepted.map(({ channel }) => channel)).toEqual(['free']);
    setting.ably.behave(() => 'accept');
    await outboxIsEmpty();
    expect(acceptedRows('stuck')).toEqual(['m1', 'm2']);
  });
});

describe('the outbox', () => {
  test('keeps its newest row, marked as processed, and nothing else', async () => {
    await using _ = await runConnector(rawConfig(setting.database, setting.ably));
    for (const round of [0, 1, 2]) {
      await insert(round * 10 + 1, round * 10 + 10);
      await outboxIsEmpty();
    }
    expect(await setting.database.query('SELECT sequence_id, processed, locked_by FROM outbox')).toEqual([
      { sequence_id: '30', processed: true, locked_by: null },
    ]);
  });

  test('may be written by others too, with any channel, name and headers', async () => {
    await using _ = await runConnector(rawConfig(setting.database, setting.ably));
    await setting.database.query(
      `INSERT INTO outbox (mutation_id, channel, name, data, headers)
       VALUES ('id-of-theirs', 'a channel/of theirs', 'renamed', '{"a": 1}', '{"x": "y"}')`,
    );
    await expect
      .poll(() => setting.ably.accepted)
      .toEqual([
        {
          channel: 'a channel/of theirs',
          id: 'id-of-theirs',
          name: 'renamed',
          data: '{"a": 1}',
          extras: { headers: { x: 'y' } },
        },
      ]);
  });

  test('is also emptied when no NOTIFY comes', async () => {
    await setting.database.query('DROP TRIGGER public_outbox_trigger ON outbox');
    await using _ = await runConnector(rawConfig(setting.database, setting.ably));
    await insert(1, 3);
    await outboxIsEmpty();
    expect(acceptedRows()).toEqual(idsOf(1, 3));
  });

  test('has more channels than are published to at once, and all get their turn', async () => {
    await setting.database.query(
      `INSERT INTO outbox (mutation_id, channel, name, data)
       SELECT 'id' || i, 'channel' || i % 20, 'n', to_jsonb(i) FROM generate_series(1, 100) i`,
    );
    await using _ = await runConnector(rawConfig(setting.database, setting.ably), { concurrency: 3 });
    await outboxIsEmpty();
    expect(setting.ably.accepted).toHaveLength(100);
  });
});
