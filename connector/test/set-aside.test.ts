import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { runConnector, setUpTriggers } from './support/connector.ts';
import { test } from './support/fixtures.ts';
import type { TestDatabase } from './support/postgres.ts';
import type { Behaviour } from './support/stub-ably.ts';

test.beforeAll(({ postgres }) => void postgres);

const insert = (database: TestDatabase, id: string, text = '') =>
  database.query('insert into chat_data (msg_id, msg_data) values ($1, $2)', [id, text]);
const rowsSetAside = (database: TestDatabase) =>
  database.query<{ id: string; status: number; code: number; reason: string }>(
    `select data #>> '{row,msg_id}' as id, status, code, reason
     from outbox_set_aside order by sequence_id`,
  );

/** Rejects every publish that contains a poisoned message, as Ably does. */
const rejectPoison =
  (status: number): Behaviour =>
  (_, messages) =>
    messages.some(({ data }) => data?.includes('poison')) ? status : 'accept';

describe('connector: a row of 1 MB', () => {
  test('is set aside unsent, with its size and the limit, and does not block its channel', async ({
    database,
    config,
    chat,
  }) => {
    await setUpTriggers(config);
    await insert(database, 'before');
    await insert(database, 'huge', 'x'.repeat(1_000_000));
    await insert(database, 'after');
    await using connector = await runConnector(config);
    await chat.isPublished();
    expect(chat.acceptedRows()).toEqual(['before', 'after']);
    expect(await rowsSetAside(database)).toEqual([
      {
        id: 'huge',
        status: 0,
        code: 40_009,
        reason: expect.stringMatching(/^The message has 10\d{5} bytes; one publish accepts at most 65536$/),
      },
    ]);
    expect(connector.seen['channel:failed']).toBeUndefined();
  });

  test('or of 20 MB is set aside from among the other rows of its statement', async ({
    database,
    config,
    chat,
  }) => {
    await using _ = await runConnector(config);
    await database.query(`insert into chat_data (msg_id, msg_data)
      values ('before', ''), ('huge', repeat('x', 20000000)), ('after', '')`);
    await chat.isPublished();
    expect(chat.acceptedRows()).toEqual(['before', 'after']);
    expect(await rowsSetAside(database)).toMatchObject([{ id: 'huge', code: 40_009 }]);
  });

  test('is published where the account’s limit is larger', async ({ database, config, chat }) => {
    await using _ = await runConnector({ ...config, ably: { ...config.ably, maxMessageSize: 2_000_000 } });
    await insert(database, 'huge', 'x'.repeat(1_000_000));
    await chat.isPublished();
    expect(chat.acceptedRows()).toEqual(['huge']);
  });

  test('can be shortened and put back with the statement in sql/README.md', async ({
    database,
    config,
    chat,
  }) => {
    await using _ = await runConnector(config);
    await insert(database, 'huge', 'x'.repeat(1_000_000));
    await expect.poll(() => rowsSetAside(database)).toHaveLength(1);
    await database.query(`update outbox_set_aside set data = jsonb_set(data, '{row,msg_data}', '"shorter"')`);
    const readme = readFileSync(join(import.meta.dirname, '../../sql/README.md'), 'utf8');
    const [, putBack = ''] = /```sql\n(-- Put back[^`]*)```/.exec(readme) ?? [];
    await database.query(putBack);
    await expect.poll(() => chat.acceptedRows()).toEqual(['huge']);
    expect(await rowsSetAside(database)).toEqual([]);
  });
});

describe.each([400, 413, 422])('connector: a message that Ably rejects with %i', (status) => {
  test('is set aside with Ably’s reason, and its neighbours are published in order', async ({
    database,
    ably,
    config,
    chat,
  }) => {
    await setUpTriggers(config);
    ably.behave(rejectPoison(status));
    for (const text of ['a', 'poison', 'b', 'c', 'poison', 'd'])
      await insert(database, `${text}${Math.random()}`, text);
    await using connector = await runConnector(config);
    await chat.isPublished();
    expect(chat.acceptedRows().map((id) => id[0])).toEqual(['a', 'b', 'c', 'd']);
    expect(await rowsSetAside(database)).toEqual(
      [1, 2].map(() => ({
        id: expect.stringMatching(/^poison/),
        status,
        code: status * 100,
        reason: 'rejected by the test',
      })),
    );
    expect(connector.seen.rejected).toBe(2);
    expect(connector.seen['channel:failed']).toBeUndefined();
  });
});

test('connector: uses the same ids when a lost answer makes it repeat a rejected batch row by row', async ({
  database,
  ably,
  config,
  chat,
}) => {
  await setUpTriggers(config);
  let loseOneAnswer = true;
  ably.behave((channel, messages) => {
    const answer = rejectPoison(400)(channel, messages);
    if (answer !== 'accept' || !messages[0]?.data?.includes('"c"') || !loseOneAnswer) return answer;
    loseOneAnswer = false;
    return 'accept-and-hang';
  });
  await database.query(`insert into chat_data (msg_id) values ('a'), ('poison'), ('b'), ('c'), ('d')`);
  await using _ = await runConnector(config, { publishTimeout: 300 });
  await chat.isPublished();
  expect(ably.accepted.length).toBeGreaterThan(chat.seenRows().length);
  expect(chat.seenRows()).toEqual(['a', 'b', 'c', 'd']);
});

describe.each([401, 403, 404, 500, 503, 'not-ably'] as const)('connector: an answer of %s', (answer) => {
  test('sets no message aside: the row is published once Ably recovers', async ({
    database,
    ably,
    config,
    chat,
  }) => {
    await using connector = await runConnector(config);
    ably.behave(() => answer);
    await chat.insert(1, 1);
    await expect.poll(() => connector.seen['channel:failed']).toBeGreaterThanOrEqual(2);
    expect(await rowsSetAside(database)).toEqual([]);
    expect(await chat.pendingRows()).toHaveLength(1);
    ably.behave(() => 'accept');
    await chat.isPublished();
    expect(chat.acceptedRows()).toEqual(['m1']);
  });
});
