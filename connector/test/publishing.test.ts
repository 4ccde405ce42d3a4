import { ROW_CHANGE_MESSAGE_NAME, RowChangeMessageSchema } from '@chat/contract';
import * as v from 'valibot';
import { describe, expect } from 'vitest';
import { runConnector, setUpTriggers } from './support/connector.ts';
import { idsOf, test } from './support/fixtures.ts';

test.beforeAll(({ postgres }) => void postgres);

const changeOf = (data: string | undefined) => v.parse(RowChangeMessageSchema, data);
describe('connector: publishes a row change', () => {
  test('as the 2021 connector did: with its message name, as JSON text', async ({
    database,
    ably,
    config,
  }) => {
    await using _ = await runConnector(config);
    await database.query(`insert into chat_data (msg_id, msg_data, username) values ('m1', 'hello', 'Ada')`);
    await database.query(`update chat_data set msg_data = 'hullo'`);
    await database.query(`delete from chat_data`);
    await expect.poll(() => ably.accepted.length).toBe(3);

    expect(new Set(ably.accepted.map(({ name }) => name))).toEqual(
      new Set([ROW_CHANGE_MESSAGE_NAME]), // which the capture functions in sql/ write
    );
    const changes = ably.accepted.map(({ data }) => changeOf(data));
    expect(changes.map(({ type, row }) => [type, row.msg_data, row.revision])).toEqual([
      ['INSERT', 'hello', 1],
      ['UPDATE', 'hullo', 2],
      ['DELETE', 'hullo', 2],
    ]);
  });

  test('under the id of its outbox row when it is alone in its batch', async ({
    database,
    ably,
    config,
    chat,
  }) => {
    await using _ = await runConnector(config);
    await chat.insert(1, 1);
    await chat.isPublished();
    const [kept] = await database.query<{ mutation_id: string }>('select mutation_id from outbox');
    expect(ably.accepted.map(({ id }) => id)).toEqual([kept?.mutation_id]);
  });

  test.for([
    ['of 9,000 characters, which NOTIFY could not carry', 'x'.repeat(9_000)],
    ['of characters that take two to four bytes', 'é漢👋🏽'.repeat(1_000)],
    ['with quotes, backslashes and line breaks', `"\\ \n'`],
  ])('completely: a text %s', async ([, text], { database, ably, config }) => {
    await using _ = await runConnector(config);
    await database.query('insert into chat_data (msg_id, msg_data) values ($1, $2)', ['m1', text]);
    await expect.poll(() => ably.accepted.length).toBe(1);
    expect(changeOf(ably.accepted[0]?.data).row.msg_data).toBe(text);
  });

  test('with numbers that JavaScript would round', async ({ database, ably, config }) => {
    await database.query('create table accounts (balance numeric, id bigint)');
    const route = { tablename: 'accounts', ablychannelname: 'accounts', operation: 'INSERT' };
    await using _ = await runConnector({ ...config, connector: [route] });
    await database.query('insert into accounts values (0.12345678901234567890, 9007199254740993)');
    await expect.poll(() => ably.accepted.length).toBe(1);
    expect(ably.accepted[0]?.data).toMatch(
      /0\.12345678901234567890.*9007199254740993|9007199254740993.*0\.1234/,
    );
  });

  test('only if its transaction commits', async ({ database, config, chat }) => {
    await using _ = await runConnector(config);
    await database.query(`begin; insert into chat_data (msg_id) values ('never'); rollback`);
    await chat.insert(1, 1);
    await chat.isPublished();
    expect(chat.acceptedRows()).toEqual(['m1']);
  });
});

describe('connector: keeps the order', () => {
  test('of rows written while no connector ran, and publishes each once at its start', async ({
    ably,
    config,
    chat,
  }) => {
    await setUpTriggers(config);
    await chat.insert(1, 250);
    expect(ably.accepted).toEqual([]);
    await using _ = await runConnector(config);
    await chat.isPublished();
    expect(chat.acceptedRows()).toEqual(idsOf(1, 250));
  });

  test('of each of several concurrent writers', async ({ config, chat }) => {
    await using _ = await runConnector(config);
    const writers = [1_000, 2_000, 3_000, 4_000];
    await Promise.all(
      writers.map(async (first) => {
        for (let i = 0; i < 50; i += 1) await chat.insert(first + i, first + i);
      }),
    );
    await chat.isPublished();
    for (const first of writers) {
      const own = chat
        .acceptedRows()
        .filter((id) => Math.floor(Number(id.slice(1)) / 1_000) === first / 1_000);
      expect(own).toEqual(idsOf(first, first + 49));
    }
  });

  test('of many rows, in batches that Ably accepts: at most 1,000 messages and 60 KiB', async ({
    database,
    ably,
    config,
    chat,
  }) => {
    await setUpTriggers(config);
    await database.query(
      `insert into chat_data (msg_id, msg_data) select 'm' || i, repeat('x', 4000) from generate_series(1, 40) i`,
    );
    await chat.insert(41, 240);
    await database.query(
      `insert into outbox (mutation_id, channel, name) select i, 'tiny', 'n' from generate_series(1, 2500) i`,
    );
    await using _ = await runConnector(config);
    await chat.isPublished();
    expect(chat.acceptedRows()).toEqual(idsOf(1, 240));
    const batches = Map.groupBy(ably.accepted, ({ id }) => id.split(':')[0]);
    expect(batches.size).toBe(ably.requests);
    expect(Math.max(...[...batches.values()].map(({ length }) => length))).toBe(1_000);
    for (const messages of batches.values()) {
      expect(messages.map(({ id }) => Number(id.split(':')[1]))).toEqual(messages.map((_, index) => index));
      expect(messages.length).toBeLessThanOrEqual(1_000);
      expect(Buffer.byteLength(messages.map(({ data }) => data).join(''))).toBeLessThanOrEqual(65_536);
    }
  });
});

test('connector: publishes a statement over 100,000 rows completely and in order', async ({
  database,
  ably,
  config,
  chat,
}) => {
  await setUpTriggers(config);
  await database.query('alter table chat_data disable trigger outbox_capture_insert');
  await chat.insert(1, 100_000);
  // On a busy machine neither limit may cause a repeat.
  await using connector = await runConnector(config, { lease: 60_000, publishTimeout: 60_000 });
  await database.query(`update chat_data set msg_data = 'edited'`);
  await expect.poll(() => ably.accepted.length, { timeout: 150_000 }).toBe(100_000);
  await chat.isPublished();
  // Not parsed by the schema, which would take longer than everything else.
  expect(ably.accepted.map(({ data }) => JSON.parse(data ?? '').row.msg_id)).toEqual(idsOf(1, 100_000));
  expect(connector.seen['channel:failed']).toBeUndefined();
}, 180_000);

describe('connector: when Ably fails', () => {
  test('with a status, publishes all rows later and in order', async ({ ably, config, chat }) => {
    await using connector = await runConnector(config);
    const waits: number[] = [];
    connector.events.on('channel:failed', ({ failures }) => waits.push(failures));
    let failuresLeft = 3;
    ably.behave(() => (failuresLeft-- > 0 ? 500 : 'accept'));
    for (let i = 1; i <= 20; i += 1) await chat.insert(i, i);
    await chat.isPublished();
    expect(chat.acceptedRows()).toEqual(idsOf(1, 20));
    expect(waits).toEqual([1, 2, 3]); // each longer than the one before
  });

  test('by rejecting the key, publishes the rows once the key is accepted', async ({
    database,
    ably,
    config,
    chat,
  }) => {
    await using connector = await runConnector(config);
    ably.behave(() => 401);
    await chat.insert(1, 3);
    await expect.poll(() => connector.seen['channel:failed']).toBeGreaterThanOrEqual(2);
    expect(await database.query('select from outbox where not processed')).toHaveLength(3);
    ably.behave(() => 'accept');
    await chat.isPublished();
    expect(chat.acceptedRows()).toEqual(idsOf(1, 3));
  });

  test('by not answering, publishes the rows again under the same ids', async ({ ably, config, chat }) => {
    await using connector = await runConnector(config, {
      publishTimeout: 200,
    });
    ably.behave(() => 'accept-and-hang');
    await chat.insert(1, 3);
    await expect.poll(() => connector.seen['channel:failed']).toBe(1);
    await chat.insert(4, 6); // must not slip into the batch that Ably may have
    ably.behave(() => 'accept');
    await chat.isPublished();

    const distinct = new Map(ably.accepted.map((message) => [message.id, message]));
    expect(ably.accepted.length).toBeGreaterThan(distinct.size);
    expect([...distinct.values()].map(({ data }) => changeOf(data).row.msg_id)).toEqual(idsOf(1, 6));
    for (const message of ably.accepted) expect(message).toEqual(distinct.get(message.id));
  });

  test('for one channel, keeps publishing the others', async ({ database, ably, config, chat }) => {
    await database.query('create table users (id int)');
    const routes = [
      { tablename: 'chat_data', ablychannelname: 'stuck', operation: 'INSERT' },
      { tablename: 'users', ablychannelname: 'free', operation: 'INSERT' },
    ];
    await using connector = await runConnector({ ...config, connector: routes });
    ably.behave((channel) => (channel === 'stuck' ? 503 : 'accept'));
    await chat.insert(1, 2);
    await expect.poll(() => connector.seen['channel:failed']).toBeGreaterThanOrEqual(1);
    await database.query('insert into users values (1)');
    await expect.poll(() => ably.accepted.map(({ channel }) => channel)).toEqual(['free']);
    ably.behave(() => 'accept');
    await chat.isPublished();
    expect(chat.acceptedRows('stuck')).toEqual(['m1', 'm2']);
  });
});

describe('connector: drains the outbox', () => {
  test('except the newest row, which it marks as processed', async ({ database, config, chat }) => {
    await using _ = await runConnector(config);
    for (const round of [0, 1, 2]) {
      await chat.insert(round * 10 + 1, round * 10 + 10);
      await chat.isPublished();
    }
    expect(await database.query('select sequence_id, processed, locked_by from outbox')).toEqual([
      { sequence_id: '30', processed: true, locked_by: null },
    ]);
  });

  test('of rows from other writers, with any channel, name and headers', async ({
    database,
    ably,
    config,
  }) => {
    await using _ = await runConnector(config);
    await database.query(
      `insert into outbox (mutation_id, channel, name, data, headers)
       values ('id-of-theirs', 'a channel/of theirs', 'renamed', '{"a": 1}', '{"x": "y"}')`,
    );
    await expect
      .poll(() => ably.accepted)
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

  test('without any NOTIFY', async ({ database, config, chat }) => {
    await database.query('drop trigger public_outbox_trigger on outbox');
    await using _ = await runConnector(config);
    await chat.insert(1, 3);
    await chat.isPublished();
    expect(chat.acceptedRows()).toEqual(idsOf(1, 3));
  });

  test('of more channels than it publishes to at once', async ({ database, ably, config, chat }) => {
    await database.query(
      `insert into outbox (mutation_id, channel, name, data)
       select 'id' || i, 'channel' || i % 20, 'n', to_jsonb(i) from generate_series(1, 100) i`,
    );
    // On a busy machine neither limit may cause a repeat.
    const patient = { lease: 60_000, publishTimeout: 60_000 };
    await using _ = await runConnector(config, { concurrency: 3, ...patient });
    await chat.isPublished();
    expect(ably.accepted).toHaveLength(100);
  });
});
