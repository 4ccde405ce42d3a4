import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { parseConfig } from '../src/config/config.ts';
import { openSession } from '../src/database.ts';
import { createAttention } from '../src/publishing/attention.ts';
import { spawnConfigured } from './support/child.ts';
import { runConnector } from './support/connector.ts';
import { test as base } from './support/fixtures.ts';
import type { TestDatabase } from './support/postgres.ts';

type Writer = Pick<TestDatabase, 'query'>;

const test = base
  /** Listens as any LiveSync consumer does, and counts the nudges. */
  .extend('consumer', async ({ config }, { onCleanup }) => {
    const session = await openSession(parseConfig(config).dbConfig, 60_000);
    onCleanup(() => session.close());
    let nudges = 0;
    session.onNotification(() => (nudges += 1));
    await session.query('listen ably_adbc');
    return {
      async nudges(): Promise<number> {
        await session.query('select 1'); // nudges arrive before the answer to a later statement
        return nudges;
      },
    };
  })
  /** A session for `createAttention` as the connector's listener opens it. */
  .extend('session', async ({ config }, { onCleanup }) => {
    const session = await openSession(parseConfig(config).dbConfig, 60_000);
    onCleanup(() => session.close());
    return session;
  });

test.beforeAll(({ postgres }) => void postgres);

const write = (writer: Writer, channel = 'c') =>
  writer.query(
    `insert into outbox (mutation_id, channel, name) values (gen_random_uuid(), '${channel}', 'n')`,
  );

async function isAnyConnectorAwake(database: TestDatabase): Promise<boolean> {
  const locks = await database.query(
    `select from pg_locks
     where locktype = 'advisory' and classid = 2022 and mode = 'ExclusiveLock' and granted
       and database = (select oid from pg_database where datname = current_database())`,
  );
  return locks.length > 0;
}

describe('writer', () => {
  test('nudges only while no connector is awake', async ({ database, consumer, session }) => {
    const attention = createAttention();
    await attention.connected(session);
    await write(database);
    expect(await consumer.nudges()).toBe(1);
    await attention.wakeUp();
    await write(database);
    expect(await consumer.nudges()).toBe(1);
    await attention.fallAsleep();
    await write(database);
    expect(await consumer.nudges()).toBe(2);
    await attention.wakeUp();
    await session.close(); // as every end of a process does
    await expect.poll(() => isAnyConnectorAwake(database)).toBe(false);
    await write(database);
    expect(await consumer.nudges()).toBe(3);
  });

  test('nudges never where outbox.nudge is off', async ({ database, consumer }) => {
    await using writer = await database.connect();
    await writer.query(`set outbox.nudge = 'off'`);
    await writer.query(`insert into outbox (channel, name) values ('c', 'n')`);
    expect(await consumer.nudges()).toBe(0);
    await writer.query(`set outbox.nudge = 'on'`);
    await writer.query(`insert into outbox (channel, name) values ('c', 'n')`);
    expect(await consumer.nudges()).toBe(1);
  });

  test('keeps the connector unsure while it has seen it awake and not committed', async ({
    database,
    consumer,
    session,
  }) => {
    const attention = createAttention();
    await attention.connected(session);
    const isSure = () => attention.isSure();
    // Other transactions of the server, such as autovacuum's, delay it.
    await expect.poll(isSure).toBe(true);
    await attention.wakeUp();
    await using late = await database.connect();
    await late.query('begin');
    await write(late as Writer);
    await attention.fallAsleep();
    await write(database); // a later writer nudges, and does not make the connector sure
    expect(await isSure()).toBe(false);
    await late.query('commit');
    await expect.poll(isSure).toBe(true);
    expect(await consumer.nudges()).toBe(1);
  });

  test('nudges once the lock is free, at any isolation level and however old its snapshot', async ({
    database,
    consumer,
    session,
  }) => {
    const attention = createAttention();
    await attention.connected(session);
    await attention.wakeUp();
    await using old = await database.connect();
    await old.query('begin isolation level serializable; select count(*) from outbox');
    await attention.fallAsleep();
    await write(old as Writer);
    await old.query('commit');
    expect(await consumer.nudges()).toBe(1);
  });
});

describe('connector', () => {
  /** Polls so seldom that only a nudge, or being unsure, makes it poll. */
  const seldom = { poll: { first: 60_000, longest: 60_000 } };

  /**
   * Keeps several writers busy until a connector is awake and `meanwhile` is done; returns their
   * rows.
   */
  async function underLoad(database: TestDatabase, meanwhile: () => Promise<unknown>): Promise<number> {
    let written = 0;
    let isOver = false;
    const writers = [1, 2, 3, 4].map(async () => {
      while (!isOver) {
        await write(database);
        written += 1;
      }
    });
    try {
      await expect.poll(() => isAnyConnectorAwake(database), { timeout: 15_000, interval: 5 }).toBe(true);
      await meanwhile();
    } finally {
      isOver = true;
      await Promise.all(writers);
    }
    return written;
  }

  test('is awake under load, when hardly any commit nudges, and falls asleep afterwards', async ({
    database,
    ably,
    config,
    consumer,
  }) => {
    await using _ = await runConnector(config, seldom);
    let before = 0;
    const written = await underLoad(database, async () => {
      before = await consumer.nudges();
      const publishedBefore = ably.accepted.length;
      await expect
        .poll(() => ably.accepted.length, { timeout: 15_000 })
        .toBeGreaterThan(publishedBefore + 1_000);
    });
    expect((await consumer.nudges()) - before).toBeLessThan(500);
    await expect.poll(() => ably.accepted.length, { timeout: 15_000 }).toBe(written);
    await expect.poll(() => isAnyConnectorAwake(database)).toBe(false);
  });

  test('publishes a row written while it was awake and committed long after it fell asleep', async ({
    database,
    ably,
    config,
  }) => {
    const lateMessages = () => ably.accepted.filter(({ channel }) => channel === 'late');
    await using _ = await runConnector(config, seldom);
    await using late = await database.connect();
    await late.query('begin');
    await underLoad(database, () => write(late as Writer, 'late'));
    await expect.poll(() => isAnyConnectorAwake(database)).toBe(false);
    await delay(300); // long enough for a connector that is wrongly sure to stop polling
    expect(lateMessages()).toEqual([]);
    await late.query('commit');
    await expect.poll(lateMessages, { timeout: 10_000 }).toHaveLength(1);
  });

  test('lets writers nudge again at once when it is killed while awake', async ({
    database,
    config,
    consumer,
  }) => {
    await using victim = await spawnConfigured(config);
    await victim.line('ready');
    await underLoad(database, async () => {
      victim.signal('SIGKILL');
      await victim.exit;
    });
    await expect.poll(() => isAnyConnectorAwake(database)).toBe(false);
    const before = await consumer.nudges();
    await write(database);
    expect(await consumer.nudges()).toBe(before + 1);
  });
});
