import { describe, expect } from 'vitest';
import { spawnConfigured } from './support/child.ts';
import { runConnector } from './support/connector.ts';
import { idsOf, test } from './support/fixtures.ts';
import type { TestDatabase } from './support/postgres.ts';

test.beforeAll(({ postgres }) => void postgres);

const waitFor = { timeout: 15_000 };
const heartbeats = (database: TestDatabase) =>
  database.query<{ expiry: Date }>('select expiry from nodes order by 1');

describe('connector killed by SIGKILL', () => {
  test('after a publish and before its settlement: the next one publishes again under the same ids', async ({
    ably,
    config,
    chat,
  }) => {
    await using victim = await spawnConfigured(config);
    await victim.line('ready');
    ably.behave(() => 'accept-and-hang');
    await chat.insert(1, 3);
    await expect.poll(() => ably.accepted.length, waitFor).toBe(3);
    victim.signal('SIGKILL');
    expect(await victim.exit).toBe('SIGKILL');
    await chat.insert(4, 6);

    ably.behave(() => 'accept');
    await using _ = await runConnector(config);
    await chat.isPublished();
    expect(chat.acceptedRows()).toEqual([...idsOf(1, 3), ...idsOf(1, 3), ...idsOf(4, 6)]);
    expect(chat.seenRows()).toEqual(idsOf(1, 6));
  });

  test('repeatedly while rows are written: no row is lost, seen twice or reordered', async ({
    ably,
    config,
    chat,
  }) => {
    let next = 1;
    for (let kill = 0; kill < 4; kill += 1) {
      await using victim = await spawnConfigured(config);
      await victim.line('ready');
      const before = ably.accepted.length;
      await chat.insert(next, next + 49);
      next += 50;
      if (kill === 0) await expect.poll(() => ably.accepted.length, waitFor).toBeGreaterThan(before);
      victim.signal('SIGKILL');
      await victim.exit;
    }
    await using _ = await runConnector(config);
    await chat.isPublished();
    expect(chat.seenRows()).toEqual(idsOf(1, next - 1));
  }, 150_000);
});

test('connector: extends its lease while it stops, until the publish in flight is settled', async ({
  database,
  ably,
  config,
  chat,
}) => {
  const connector = await runConnector(config);
  const release = ably.hold();
  await chat.insert(1, 1);
  await expect.poll(() => ably.requests, waitFor).toBe(1);
  const stopped = connector.stop();
  const [before] = await heartbeats(database);
  await expect
    .poll(async () => (await heartbeats(database))[0]?.expiry.getTime(), waitFor)
    .toBeGreaterThan(before?.expiry.getTime() ?? Infinity);
  release();
  await stopped;
  expect(await database.query('select processed from outbox')).toEqual([{ processed: true }]);
  expect(await heartbeats(database)).toEqual([]);
});

describe('two connectors', () => {
  test('publish every row once and in order', async ({ config, chat }) => {
    await using one = await runConnector(config);
    await using two = await runConnector(config);
    expect(one.node).not.toBe(two.node);
    for (let i = 1; i <= 100; i += 1) await chat.insert(i, i);
    await chat.isPublished();
    expect(chat.acceptedRows()).toEqual(idsOf(1, 100));
  });

  test('share a channel: the second waits while the first publishes, and takes over when it dies', async ({
    database,
    ably,
    config,
    chat,
  }) => {
    await using victim = await spawnConfigured(config);
    await victim.line('ready');
    ably.behave(() => 'accept-and-hang');
    await chat.insert(1, 3);
    await expect.poll(() => ably.accepted.length, waitFor).toBe(3);

    ably.behave(() => 'accept');
    await using standby = await runConnector(config);
    await chat.insert(4, 6);
    // It polls repeatedly, and claims nothing while the other one lives.
    const before = await heartbeats(database);
    await expect.poll(() => heartbeats(database), waitFor).not.toEqual(before);
    expect(standby.seen.claimed).toBeUndefined();
    expect(ably.accepted).toHaveLength(3);

    const killed = performance.now();
    victim.signal('SIGKILL');
    await chat.isPublished();
    expect(performance.now() - killed).toBeLessThan(8_000);
    expect(chat.acceptedRows()).toEqual([...idsOf(1, 3), ...idsOf(1, 3), ...idsOf(4, 6)]);
    expect(chat.seenRows()).toEqual(idsOf(1, 6));
  });

  test('share a channel: the second takes over at once when the first stops', async ({
    database,
    ably,
    config,
    chat,
  }) => {
    const leaving = await runConnector(config, { lease: 60_000 });
    ably.behave(() => 500);
    await chat.insert(1, 3);
    await expect.poll(() => leaving.seen['channel:failed']).toBeGreaterThanOrEqual(1);
    await using staying = await runConnector(config);
    await leaving.stop();
    ably.behave(() => 'accept');
    await expect.poll(() => staying.seen.settled, { timeout: 3_000 }).toBe(1);
    expect(chat.acceptedRows()).toEqual(idsOf(1, 3));
    expect(await database.query('select id from nodes')).toEqual([{ id: staying.node }]);
  });
});

test('connector: publishes nothing after it was frozen while another took over', async ({
  ably,
  config,
  chat,
}) => {
  await using frozen = await spawnConfigured(config);
  await frozen.line('ready');
  const release = ably.hold();
  await chat.insert(1, 2_000); // several batches; the first is in flight
  await expect.poll(() => ably.requests, waitFor).toBe(1);
  frozen.signal('SIGSTOP');
  release();
  await using _ = await runConnector(config, { lease: 5_000 });
  await chat.isPublished();
  await chat.insert(2_001, 2_003);
  await chat.isPublished();
  const requests = ably.requests;
  frozen.signal('SIGCONT');
  // It noticed that its lease has expired.
  await frozen.line('could not publish to a channel; retrying');
  expect(ably.requests).toBe(requests);
  expect(chat.seenRows()).toEqual(idsOf(1, 2_003));
});
