import { describe, expect } from 'vitest';
import { ConnectionRejected, MigrationsMissing } from '../src/errors.ts';
import { createEvents } from '../src/events.ts';
import { rawConfig, runConnector, setUpTriggers, type RunningConnector } from './support/connector.ts';
import { startHalfOpenProxy } from './support/half-open-proxy.ts';
import { idsOf, test } from './support/fixtures.ts';
import type { TestDatabase } from './support/postgres.ts';

test.beforeAll(({ postgres }) => void postgres);

const waitFor = { timeout: 15_000 };
const failuresOf = ({ seen }: RunningConnector) =>
  (seen['poll:failed'] ?? 0) +
  (seen['channel:failed'] ?? 0) +
  (seen['settle:failed'] ?? 0) +
  (seen['connection:lost'] ?? 0);

const cutConnections = (database: TestDatabase) =>
  database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'connector' and datname = current_database()`,
  );

async function settlementsWaiting(database: TestDatabase): Promise<number> {
  const waiting = await database.query(
    `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%outbox_settle%'
        and application_name = 'connector' and datname = current_database()`,
  );
  return waiting.length;
}

describe('connector: when the database closes every connection', () => {
  test('opens new ones and publishes every row', async ({ database, config, chat }) => {
    await using connector = await runConnector(config);
    for (const round of [0, 1, 2]) {
      await cutConnections(database);
      await chat.insert(round * 10 + 1, round * 10 + 10);
    }
    await chat.isPublished();
    expect(chat.seenRows()).toEqual(idsOf(1, 30));
    await expect.poll(() => connector.seen.listening, waitFor).toBeGreaterThanOrEqual(2);
    expect(connector.seen['connection:lost']).toBeGreaterThanOrEqual(1);
  });

  test('between a publish and its settlement, repeats only the settlement', async ({
    database,
    ably,
    config,
    chat,
  }) => {
    await using connector = await runConnector(config);
    const release = ably.delayAnswers();
    await chat.insert(1, 3);
    await expect.poll(() => ably.requests, waitFor).toBe(1);
    await using blocker = await database.connect();
    await blocker.query('begin; lock table outbox in share mode');
    release();
    await expect.poll(() => settlementsWaiting(database), waitFor).toBe(1);
    expect(connector.seen.published).toBe(1);
    await cutConnections(database);
    await blocker.query('commit');
    await chat.isPublished();
    expect(chat.acceptedRows()).toEqual(idsOf(1, 3));
    expect(connector.seen['settle:failed']).toBeGreaterThanOrEqual(1);
  });
});

test('connector: detects a half-open connection and replaces it', async ({ database, config, chat }) => {
  await using proxy = await startHalfOpenProxy(Number(database.dbConfig.port));
  const raw = config;
  await using connector = await runConnector({ ...raw, dbConfig: { ...raw.dbConfig, port: proxy.port } });
  await chat.insert(1, 3);
  await chat.isPublished();
  const before = proxy.connections;
  proxy.freeze();
  await chat.insert(4, 6); // the nudge is lost
  await expect.poll(() => connector.seen['connection:lost'], waitFor).toBe(1);
  await chat.isPublished();
  expect(chat.seenRows()).toEqual(idsOf(1, 6));
  expect(proxy.connections).toBeGreaterThan(before);
});

describe('connector: when the database cancels statements', () => {
  test('is not subject to the role’s statement_timeout, because it sets its own', async ({
    database,
    config,
    chat,
  }) => {
    const { database: name } = database.dbConfig;
    await setUpTriggers(config);
    await chat.insert(1, 3_000);
    await database.query(`alter database ${name} set statement_timeout = '1ms'`);
    await using connector = await runConnector(config);
    await chat.isPublished();
    expect(chat.seenRows()).toEqual(idsOf(1, 3_000));
    expect(connector.seen['poll:failed']).toBeUndefined();
  });

  test('retries each of them', async ({ database, config, chat }) => {
    await using connector = await runConnector(config);
    let next = 1;
    const cancel = async () => {
      await chat.insert(next, next + 9);
      next += 10;
      await database.query(
        `select pg_cancel_backend(pid) from pg_stat_activity
          where application_name = 'connector' and datname = current_database() and state = 'active'`,
      );
      return failuresOf(connector);
    };
    await expect.poll(cancel, { timeout: 15_000, interval: 1 }).toBeGreaterThanOrEqual(3);
    await chat.isPublished();
    expect(chat.seenRows()).toEqual(idsOf(1, next - 1));
  });
});

describe.each(['orderly', 'crash'] as const)('connector: after a restart of Postgres (%s)', (how) => {
  test('reconnects, and no committed row is lost or doubled', async ({ postgres, ably, config, chat }) => {
    await using connector = await runConnector(config);
    await chat.insert(1, 5);
    const release = ably.delayAnswers();
    await chat.insert(6, 10);
    await expect.poll(() => ably.accepted.length, waitFor).toBe(10);
    await postgres.restart(how);
    release();
    await chat.insert(11, 15);
    await chat.isPublished();
    expect(chat.seenRows()).toEqual(idsOf(1, 15));
    await expect.poll(() => connector.seen.listening, waitFor).toBe(2);
  });
});

describe('connector: at its start', () => {
  test('waits for an unreachable database until it is aborted', async ({ ably, config }) => {
    const raw = config;
    const unreachable = { ...raw, dbConfig: { ...raw.dbConfig, port: ably.port } };
    const aborting = new AbortController();
    const events = createEvents();
    let failures = 0;
    events.on('start:failed', () => {
      failures += 1;
      if (failures === 3) aborting.abort(new Error('aborted by the test'));
    });
    await expect(runConnector(unreachable, { events, signal: aborting.signal })).rejects.toThrow(
      'aborted by the test',
    );
  });

  test('fails at once for a wrong password', async ({ config }) => {
    const raw = config;
    const wrong = { ...raw, dbConfig: { ...raw.dbConfig, password: 'wrong' } };
    const attempt = runConnector(wrong);
    await expect(attempt).rejects.toThrow(ConnectionRejected);
    await expect(attempt).rejects.toThrow(/password authentication failed.*dbConfig/);
  });

  test('fails at once for missing migrations', async ({ postgres, ably }) => {
    await using empty = await postgres.createDatabase({ empty: true });
    await expect(runConnector(rawConfig(empty, ably))).rejects.toThrow(MigrationsMissing);
  });
});
