import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAttention } from '../src/publishing/attention.ts';
import { parseConfig } from '../src/config/config.ts';
import { openSession, type Session } from '../src/database.ts';
import { spawnConnector, temporaryFile } from './support/child.ts';
import { rawConfig, runConnector } from './support/connector.ts';
import type { TestDatabase } from './support/postgres.ts';
import { useSetting } from './support/setting.ts';

const setting = useSetting();
let somebodyElse: Session;
/** What any consumer hears who listens as LiveSync does. */
let nudges: number;

beforeEach(async () => {
  const { dbConfig } = parseConfig(rawConfig(setting.database, setting.ably));
  somebodyElse = await openSession(dbConfig, 60_000);
  nudges = 0;
  somebodyElse.onNotification(() => (nudges += 1));
  await somebodyElse.query('LISTEN ably_adbc');
});
afterEach(() => somebodyElse.close());

const write = (writer: Pick<TestDatabase, 'query'> = setting.database, channel = 'c') =>
  writer.query(
    `INSERT INTO outbox (mutation_id, channel, name) VALUES (gen_random_uuid(), '${channel}', 'n')`,
  );

/** Nudges arrive before the answer to a later statement of the same session. */
async function nudgesSoFar(): Promise<number> {
  await somebodyElse.query('SELECT 1');
  return nudges;
}

async function isSomebodyAwake(): Promise<boolean> {
  const held = await setting.database.query(
    `SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 2022 AND mode = 'ExclusiveLock' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return held.length > 0;
}

describe('a writer', () => {
  test('nudges while nobody is awake, and only then', async () => {
    const { dbConfig } = parseConfig(rawConfig(setting.database, setting.ably));
    const session = await openSession(dbConfig, 60_000);
    const attention = createAttention();
    await attention.connected(session);
    await write();
    expect(await nudgesSoFar()).toBe(1);
    await attention.wakeUp();
    await write();
    expect(await nudgesSoFar()).toBe(1);
    await attention.fallAsleep();
    await write();
    expect(await nudgesSoFar()).toBe(2);
    await attention.wakeUp();
    await session.close(); // as every end of a process does
    await expect.poll(isSomebodyAwake).toBe(false);
    await write();
    expect(await nudgesSoFar()).toBe(3);
  });

  test('who saw somebody awake and commits after the last look is waited for', async () => {
    const { dbConfig } = parseConfig(rawConfig(setting.database, setting.ably));
    const session = await openSession(dbConfig, 60_000);
    const attention = createAttention();
    await attention.connected(session);
    expect(await attention.isSure()).toBe(true);
    await attention.wakeUp();
    await using late = await setting.database.connect();
    await late.query('BEGIN');
    await write(late as Pick<TestDatabase, 'query'>);
    await attention.fallAsleep();
    await write(); // one who comes after it nudges, and does not make us sure
    expect(await attention.isSure()).toBe(false);
    await late.query('COMMIT');
    expect(await attention.isSure()).toBe(true);
    expect(await nudgesSoFar()).toBe(1);
    await session.close();
  });

  test('at any isolation level is nudging as soon as the lock is free, however old its snapshot', async () => {
    const { dbConfig } = parseConfig(rawConfig(setting.database, setting.ably));
    const session = await openSession(dbConfig, 60_000);
    const attention = createAttention();
    await attention.connected(session);
    await attention.wakeUp();
    await using old = await setting.database.connect();
    await old.query('BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM outbox');
    await attention.fallAsleep();
    await write(old as Pick<TestDatabase, 'query'>);
    await old.query('COMMIT');
    expect(await nudgesSoFar()).toBe(1);
    await session.close();
  });
});

describe('a connector', () => {
  /** Polls so seldom that only nudges, and being unsure, bring it to look. */
  const seldom = { poll: { first: 60_000, longest: 60_000 } };

  /** Keeps several writers busy until somebody is awake, and as long as `also` takes. */
  async function underLoad(also: () => Promise<unknown>): Promise<number> {
    let written = 0;
    let isOver = false;
    const writers = [1, 2, 3, 4].map(async () => {
      while (!isOver) {
        await write();
        written += 1;
      }
    });
    await expect.poll(isSomebodyAwake, { timeout: 10_000, interval: 5 }).toBe(true);
    await also();
    isOver = true;
    await Promise.all(writers);
    return written;
  }

  test('under load is awake, and hardly any commit nudges; at rest it sleeps again', async () => {
    await using _ = await runConnector(rawConfig(setting.database, setting.ably), seldom);
    let before = 0;
    let writtenBefore = 0;
    const written = await underLoad(async () => {
      before = await nudgesSoFar();
      writtenBefore = setting.ably.accepted.length;
      await expect
        .poll(() => setting.ably.accepted.length, { timeout: 10_000 })
        .toBeGreaterThan(writtenBefore + 1_000);
    });
    expect((await nudgesSoFar()) - before).toBeLessThan(500);
    await expect.poll(() => setting.ably.accepted.length, { timeout: 10_000 }).toBe(written);
    await expect.poll(isSomebodyAwake).toBe(false);
  });

  test('publishes what was written while it was awake and committed long after it fell asleep', async () => {
    await using _ = await runConnector(rawConfig(setting.database, setting.ably), seldom);
    await using late = await setting.database.connect();
    await late.query('BEGIN');
    await underLoad(() => write(late as Pick<TestDatabase, 'query'>, 'late'));
    await expect.poll(isSomebodyAwake).toBe(false);
    await delay(300); // enough for a connector that forgets to come to rest
    expect(setting.ably.accepted.filter(({ channel }) => channel === 'late')).toEqual([]);
    await late.query('COMMIT');
    await expect
      .poll(() => setting.ably.accepted.filter(({ channel }) => channel === 'late'), { timeout: 3_000 })
      .toHaveLength(1);
  });

  test('killed while awake leaves nobody awake: others are nudged at once', async () => {
    const raw = { ...rawConfig(setting.database, setting.ably), logLevel: 'info' };
    await using file = await temporaryFile('config.json', JSON.stringify(raw));
    await using victim = spawnConnector([file.path]);
    await victim.line('ready');
    await underLoad(async () => {
      victim.process.kill('SIGKILL');
      await victim.exit;
    });
    await expect.poll(isSomebodyAwake).toBe(false);
    const before = await nudgesSoFar();
    await write();
    expect(await nudgesSoFar()).toBe(before + 1);
  });
});
