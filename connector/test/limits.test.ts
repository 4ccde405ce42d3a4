import { describe, expect } from 'vitest';
import { runConnector, setUpTriggers } from './support/connector.ts';
import { idsOf, test } from './support/fixtures.ts';
import { enforce } from './support/plan.ts';
import type { Behaviour } from './support/stub-ably.ts';

test.beforeAll(({ postgres }) => void postgres);

const waitFor = { timeout: 40_000 };

/** On a busy machine neither limit may cause a repeat. */
const PATIENT = { lease: 60_000, publishTimeout: 60_000 };

describe('connector: when Ably limits a channel', () => {
  test('publishes at the rate that the limit permits, in full batches and in order', async ({
    ably,
    config,
    chat,
  }) => {
    await setUpTriggers(config);
    await chat.insert(1, 6_000);
    ably.behave(enforce({ publishesPerChannel: 5 }));
    await using connector = await runConnector(config, PATIENT);
    await chat.isPublished();
    expect(chat.acceptedRows()).toEqual(idsOf(1, 6_000));
    const publishes = new Set(ably.accepted.map(({ id }) => id.split(':')[0])).size;
    expect(publishes).toBeLessThan(40); // of 60 KiB each
    expect(connector.seen['channel:failed']).toBeUndefined();
    expect(connector.seen.limited).toBeGreaterThan(0);
    expect(connector.seen.limited).toBeLessThan(15);
  });

  test('stays ready while it publishes slowly', async ({ database, ably, config }) => {
    const routes = [{ tablename: 'chat_data', ablychannelname: 'slow', operation: 'INSERT' }];
    await using connector = await runConnector({ ...config, connector: routes }, { overdue: 3_000 });
    ably.behave(enforce({ messagesOfAccount: 20, readers: 9 }));
    await database.query(`insert into chat_data (msg_id) select i from generate_series(1, 12) as i`);
    await expect.poll(() => ably.accepted.length, waitFor).toBe(12);
    const answers = new Set<number>();
    const isDone = async () => {
      answers.add((await fetch(new URL('/ready', connector.healthUrl))).status);
      return ably.accepted.length;
    };
    await database.query(`insert into chat_data (msg_id) select 'm' || i from generate_series(1, 12) as i`);
    await expect.poll(isDone, waitFor).toBe(24);
    expect([...answers]).toEqual([200]);
    expect(connector.seen.limited).toBeGreaterThan(0);
  });

  test('reports the learned rates, and the rejections by code', async ({ ably, config, chat }) => {
    await using connector = await runConnector(config, PATIENT);
    const answers: ReturnType<Behaviour>[] = [{ limited: 42_913 }, { limited: 42_917 }, { limited: 42_917 }];
    ably.behave(() => answers.shift() ?? 'accept');
    await chat.insert(1, 1);
    await chat.isPublished();
    const metrics = await (await fetch(new URL('/metrics', connector.healthUrl))).text();
    expect(metrics).toMatch(/^connector_channel_rate\{channel="incoming-chat"\} \d/m);
    expect(metrics).toMatch(/^connector_account_rate \d/m);
    expect(metrics).toContain('connector_rate_limited_total{code="42913"} 1');
    expect(metrics).toContain('connector_rate_limited_total{code="42917"} 2');
  });

  test.for([42_900, 42_911, 42_913, 42_914, 42_917, 42_999])(
    'with code %d, publishes the row again under the same id, and never sets it aside',
    async (code, { database, ably, config, chat }) => {
      await using connector = await runConnector(config);
      const ids = new Set<unknown>();
      ably.behave((_, messages) => {
        messages.forEach((message) => ids.add('id' in message && message.id));
        return ids.size === 1 && (connector.seen.limited ?? 0) < 2 ? { limited: code } : 'accept';
      });
      await chat.insert(1, 1);
      await chat.isPublished();
      expect(ids.size).toBe(1);
      expect(chat.acceptedRows()).toEqual(['m1']);
      expect(await database.query('select from outbox_set_aside')).toEqual([]);
      expect(connector.seen['channel:failed']).toBeUndefined();
    },
  );

  test('for good, is not ready, and names the channel and the code', async ({ ably, config, chat }) => {
    await using connector = await runConnector(config, { overdue: 500 });
    ably.behave(() => ({ limited: 42_913 }));
    await chat.insert(1, 1);
    const readiness = async () => await (await fetch(new URL('/ready', connector.healthUrl))).text();
    await expect.poll(readiness, waitFor).toMatch(/incoming-chat.*limits the rate with code 42913/);
    ably.behave(() => 'accept');
    await chat.isPublished();
  });

  test('keeps publishing to others, also when more channels wait than it publishes to at once', async ({
    database,
    ably,
    config,
  }) => {
    await using _ = await runConnector(config, { ...PATIENT, concurrency: 2 });
    const plan = enforce({ publishesPerChannel: 1 });
    ably.behave((channel, messages) => (channel.startsWith('slow') ? plan(channel, messages) : 'accept'));
    await database.query(
      `insert into outbox (mutation_id, channel, name, data)
       select i, 'slow' || i % 5, 'n', to_jsonb(repeat('x', 50000)) from generate_series(1, 30) as i`,
    );
    const rowsOf = (prefix: string) =>
      ably.accepted.filter(({ channel }) => channel.startsWith(prefix)).length;
    await expect.poll(() => rowsOf('slow'), waitFor).toBeGreaterThanOrEqual(10);
    const startedAt = performance.now();
    await database.query(`insert into outbox (mutation_id, channel, name) values ('id', 'free', 'n')`);
    await expect.poll(() => rowsOf('free')).toBe(1);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(rowsOf('slow')).toBeLessThan(30);
  });
});

describe('connector: when Ably limits the account', () => {
  test('publishes batches that suit the rate of messages, not the size of a publish', async ({
    ably,
    config,
    chat,
  }) => {
    await setUpTriggers(config);
    await chat.insert(1, 800);
    ably.behave(enforce({ messagesOfAccount: 500, readers: 4 }));
    await using connector = await runConnector(config, PATIENT);
    await chat.isPublished();
    expect(chat.acceptedRows()).toEqual(idsOf(1, 800));
    const batches = Map.groupBy(ably.accepted, ({ id }) => id.split(':')[0]);
    // Not 200, as many as fit into a publish; what came before the first rejection was larger.
    expect(batches.size).toBeGreaterThan(12);
    expect(connector.seen['channel:failed']).toBeUndefined();
  });
});

test('connector: divides a batch of which the account’s limit accepts no part, and passes on every row once', async ({
  ably,
  config,
  chat,
}) => {
  await setUpTriggers(config);
  await chat.insert(1, 200);
  const plan = enforce({ messagesOfAccount: 400, readers: 4 });
  ably.behave((channel, messages) => (messages.length > 50 ? { limited: 42_917 } : plan(channel, messages)));
  await using _ = await runConnector(config, PATIENT);
  await chat.isPublished();
  expect(chat.acceptedRows()).toEqual(idsOf(1, 200));
});
