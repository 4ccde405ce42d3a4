import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rawConfig, runConnector } from './support/connector.ts';
import { useSetting } from './support/setting.ts';
import type { Behaviour } from './support/stub-ably.ts';

const setting = useSetting();

const insert = (id: string, text = '') =>
  setting.database.query('INSERT INTO chat_data (msg_id, msg_data) VALUES ($1, $2)', [id, text]);
const acceptedRows = () => setting.ably.accepted.map(({ data }) => JSON.parse(data ?? '').row.msg_id);
const setAside = () =>
  setting.database.query<{ id: string; status: number; code: number; reason: string }>(
    `SELECT data #>> '{row,msg_id}' AS id, status, code, reason FROM outbox_set_aside ORDER BY sequence_id`,
  );
const waiting = () => setting.database.query('SELECT FROM outbox WHERE NOT processed');
const outboxIsEmpty = () => expect.poll(waiting, { timeout: 15_000 }).toEqual([]);

/** Refuses every publish in which a message says so, as Ably does: the whole of it. */
const refusePoison =
  (status: number): Behaviour =>
  (_, messages) =>
    messages.some(({ data }) => data?.includes('poison')) ? status : 'accept';

describe('a row of 1 MB', () => {
  test('is set aside with the size and the limit, is not sent, and holds up nobody', async () => {
    await (await runConnector(rawConfig(setting.database, setting.ably))).stop();
    await insert('before');
    await insert('huge', 'x'.repeat(1_000_000));
    await insert('after');
    await using connector = await runConnector(rawConfig(setting.database, setting.ably));
    await outboxIsEmpty();
    expect(acceptedRows()).toEqual(['before', 'after']);
    expect(await setAside()).toEqual([
      {
        id: 'huge',
        status: 0,
        code: 40_009,
        reason: expect.stringMatching(/^The message has 10\d{5} bytes, and one publish takes at most 65536$/),
      },
    ]);
    expect(connector.seen['channel:failed']).toBeUndefined();
  });

  test('of 20 MB and in one statement with others too', async () => {
    await using _ = await runConnector(rawConfig(setting.database, setting.ably));
    await setting.database.query(`INSERT INTO chat_data (msg_id, msg_data)
      VALUES ('before', ''), ('huge', repeat('x', 20000000)), ('after', '')`);
    await outboxIsEmpty();
    expect(acceptedRows()).toEqual(['before', 'after']);
    expect(await setAside()).toMatchObject([{ id: 'huge', code: 40_009 }]);
  });

  test('goes out where the account’s limit is larger', async () => {
    const raw = rawConfig(setting.database, setting.ably);
    await using _ = await runConnector({ ...raw, ably: { ...raw.ably, maxMessageSize: 2_000_000 } });
    await insert('huge', 'x'.repeat(1_000_000));
    await outboxIsEmpty();
    expect(acceptedRows()).toEqual(['huge']);
  });

  test('can be shortened and put back, as sql/README.md says', async () => {
    await using _ = await runConnector(rawConfig(setting.database, setting.ably));
    await insert('huge', 'x'.repeat(1_000_000));
    await expect.poll(setAside).toHaveLength(1);
    await setting.database.query(
      `UPDATE outbox_set_aside SET data = jsonb_set(data, '{row,msg_data}', '"shorter"')`,
    );
    const readme = readFileSync(join(import.meta.dirname, '../../sql/README.md'), 'utf8');
    const [, putBack = ''] = /```sql\n(-- Put back[^`]*)```/.exec(readme) ?? [];
    await setting.database.query(putBack);
    await expect.poll(acceptedRows).toEqual(['huge']);
    expect(await setAside()).toEqual([]);
  });
});

describe.each([400, 413, 422])('a message that Ably refuses with %i', (status) => {
  test('goes aside with Ably’s reason; its neighbours in the batch are published, in order', async () => {
    await (await runConnector(rawConfig(setting.database, setting.ably))).stop();
    setting.ably.behave(refusePoison(status));
    for (const text of ['a', 'poison', 'b', 'c', 'poison', 'd'])
      await insert(`${text}${Math.random()}`, text);
    await using connector = await runConnector(rawConfig(setting.database, setting.ably));
    await outboxIsEmpty();
    expect(acceptedRows().map((id: string) => id[0])).toEqual(['a', 'b', 'c', 'd']);
    expect(await setAside()).toEqual(
      [1, 2].map(() => ({
        id: expect.stringMatching(/^poison/),
        status,
        code: status * 100,
        reason: 'told to fail',
      })),
    );
    expect(connector.seen.refused).toBe(2);
    expect(connector.seen['channel:failed']).toBeUndefined();
  });
});

test('a refusal that a lost answer interrupts comes to the same ids again: nobody sees a neighbour twice', async () => {
  await (await runConnector(rawConfig(setting.database, setting.ably))).stop();
  let loseOneAnswer = true;
  setting.ably.behave((channel, messages) => {
    const answer = refusePoison(400)(channel, messages);
    if (answer !== 'accept' || !messages[0]?.data?.includes('"c"') || !loseOneAnswer) return answer;
    loseOneAnswer = false;
    return 'accept-and-hang';
  });
  await setting.database.query(
    `INSERT INTO chat_data (msg_id) VALUES ('a'), ('poison'), ('b'), ('c'), ('d')`,
  );
  await using _ = await runConnector(rawConfig(setting.database, setting.ably), { publishTimeout: 300 });
  await outboxIsEmpty();
  const distinct = new Map(setting.ably.accepted.map((message) => [message.id, message]));
  expect(setting.ably.accepted.length).toBeGreaterThan(distinct.size);
  expect([...distinct.values()].map(({ data }) => JSON.parse(data ?? '').row.msg_id)).toEqual([
    'a',
    'b',
    'c',
    'd',
  ]);
});

describe.each([401, 403, 404, 429, 500, 503, 'not-ably'] as const)('an answer of %s', (answer) => {
  test('says nothing against the message: it stays, and goes out when Ably is well again', async () => {
    await using connector = await runConnector(rawConfig(setting.database, setting.ably));
    setting.ably.behave(() => answer);
    await insert('m1');
    await expect.poll(() => connector.seen['channel:failed']).toBeGreaterThanOrEqual(2);
    expect(await setAside()).toEqual([]);
    expect(await waiting()).toHaveLength(1);
    setting.ably.behave(() => 'accept');
    await outboxIsEmpty();
    expect(acceptedRows()).toEqual(['m1']);
  });
});
