import { RowChangeMessageSchema } from '@chat/contract';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { DatabaseRefused, MigrationsMissing } from '../src/errors.ts';
import { createEvents } from '../src/events.ts';
import { rawConfig, runConnector, type RunningConnector } from './support/connector.ts';
import { startHalfOpenProxy } from './support/half-open-proxy.ts';
import { useSetting } from './support/setting.ts';

const setting = useSetting();

const insert = (from: number, to: number) =>
  setting.database.query(
    `INSERT INTO chat_data (msg_id) SELECT 'm' || i FROM generate_series($1::int, $2::int) i`,
    [from, to],
  );
const rowOf = ({ data }: { data?: string | undefined }) => v.parse(RowChangeMessageSchema, data).row.msg_id;
const acceptedRows = () => setting.ably.accepted.map(rowOf);
const idsOf = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `m${from + i}`);

/** What a subscriber sees: Ably drops what it already has under the same id. */
const rowsSeen = () =>
  [...new Map(setting.ably.accepted.map((message) => [message.id, message])).values()].map(rowOf);

const waitFor = { timeout: 15_000 };
const outboxIsEmpty = () =>
  expect
    .poll(() => setting.database.query('SELECT sequence_id FROM outbox WHERE NOT processed'), waitFor)
    .toEqual([]);

const failuresOf = ({ seen }: RunningConnector) => ({
  scan: seen['scan:failed'] ?? 0,
  channel: seen['channel:failed'] ?? 0,
  settle: seen['settle:failed'] ?? 0,
  connection: seen['connection:lost'] ?? 0,
});

const cutConnections = () =>
  setting.database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'connector' AND datname = current_database()`,
  );

async function waitingForLock(): Promise<number> {
  const waiting = await setting.database.query(
    `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%outbox_settle%'
        AND application_name = 'connector' AND datname = current_database()`,
  );
  return waiting.length;
}

describe('when the database drops every connection', () => {
  test('the connector makes new ones and goes on', async () => {
    await using connector = await runConnector(rawConfig(setting.database, setting.ably));
    for (const round of [0, 1, 2]) {
      await cutConnections();
      await insert(round * 10 + 1, round * 10 + 10);
    }
    await outboxIsEmpty();
    expect(rowsSeen()).toEqual(idsOf(1, 30));
    await expect.poll(() => connector.seen.listening, waitFor).toBeGreaterThanOrEqual(2);
    expect(connector.seen['connection:lost']).toBeGreaterThanOrEqual(1);
  });

  test('between a publish and its settling, only the settling is done again', async () => {
    await using connector = await runConnector(rawConfig(setting.database, setting.ably));
    const release = setting.ably.hold();
    await insert(1, 3);
    await expect.poll(() => setting.ably.requests, waitFor).toBe(1);
    await using blocker = await setting.database.connect();
    await blocker.query('BEGIN; LOCK TABLE outbox IN SHARE MODE');
    release();
    await expect.poll(waitingForLock, waitFor).toBe(1); // the settling
    expect(connector.seen.published).toBe(1);
    await cutConnections();
    await blocker.query('COMMIT');
    await outboxIsEmpty();
    expect(acceptedRows()).toEqual(idsOf(1, 3));
    expect(connector.seen['settle:failed']).toBeGreaterThanOrEqual(1);
  });
});

test('a connection that is open at one end only is found out, and replaced', async () => {
  await using proxy = await startHalfOpenProxy(Number(setting.database.dbConfig.port));
  const raw = rawConfig(setting.database, setting.ably);
  await using connector = await runConnector({ ...raw, dbConfig: { ...raw.dbConfig, port: proxy.port } });
  await insert(1, 3);
  await outboxIsEmpty();
  const before = proxy.connections;
  proxy.freeze();
  await insert(4, 6); // nobody hears the nudge
  await expect.poll(() => connector.seen['connection:lost'], waitFor).toBe(1);
  await outboxIsEmpty();
  expect(rowsSeen()).toEqual(idsOf(1, 6));
  expect(proxy.connections).toBeGreaterThan(before);
});

describe('statements that the database cuts off', () => {
  test('because of a timeout of the role are not: the connector brings its own', async () => {
    const { database: name } = setting.database.dbConfig;
    await (await runConnector(rawConfig(setting.database, setting.ably))).stop();
    await insert(1, 3_000);
    await setting.database.query(`ALTER DATABASE ${name} SET statement_timeout = '1ms'`);
    await using connector = await runConnector(rawConfig(setting.database, setting.ably));
    await outboxIsEmpty();
    expect(rowsSeen()).toEqual(idsOf(1, 3_000));
    expect(connector.seen['scan:failed']).toBeUndefined();
  });

  test('are tried again, whichever they are', async () => {
    await using connector = await runConnector(rawConfig(setting.database, setting.ably));
    let next = 1;
    const cancel = async () => {
      await insert(next, next + 9);
      next += 10;
      await setting.database.query(
        `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
          WHERE application_name = 'connector' AND datname = current_database() AND state = 'active'`,
      );
      return Object.values(failuresOf(connector)).reduce((sum, count) => sum + count, 0);
    };
    await expect.poll(cancel, { timeout: 15_000, interval: 1 }).toBeGreaterThanOrEqual(3);
    await outboxIsEmpty();
    expect(rowsSeen()).toEqual(idsOf(1, next - 1));
  });
});

describe.each(['orderly', 'crash'] as const)('when Postgres is restarted (%s)', (how) => {
  test('the connector is there again by itself, and nothing that committed is lost or doubled', async () => {
    await using connector = await runConnector(rawConfig(setting.database, setting.ably));
    await insert(1, 5);
    const release = setting.ably.hold();
    await insert(6, 10);
    await expect.poll(() => setting.ably.accepted.length, waitFor).toBe(10);
    await setting.postgres.restart(how);
    release();
    await insert(11, 15);
    await outboxIsEmpty();
    expect(rowsSeen()).toEqual(idsOf(1, 15));
    await expect.poll(() => connector.seen.listening, waitFor).toBe(2);
  });
});

describe('at the start', () => {
  test('a database that is not there yet is waited for, and the wait can be given up', async () => {
    const raw = rawConfig(setting.database, setting.ably);
    const nobody = { ...raw, dbConfig: { ...raw.dbConfig, port: setting.ably.port } };
    const giveUp = new AbortController();
    const events = createEvents();
    let failures = 0;
    events.on('start:failed', () => {
      failures += 1;
      if (failures === 3) giveUp.abort(new Error('given up'));
    });
    await expect(runConnector(nobody, { events, signal: giveUp.signal })).rejects.toThrow('given up');
  });

  test('a refused password is not waited for', async () => {
    const raw = rawConfig(setting.database, setting.ably);
    const wrong = { ...raw, dbConfig: { ...raw.dbConfig, password: 'wrong' } };
    const attempt = runConnector(wrong);
    await expect(attempt).rejects.toThrow(DatabaseRefused);
    await expect(attempt).rejects.toThrow(/password authentication failed.*dbConfig/);
  });

  test('nor are missing migrations', async () => {
    await using empty = await setting.postgres.createDatabase({ empty: true });
    await expect(runConnector(rawConfig(empty, setting.ably))).rejects.toThrow(MigrationsMissing);
  });
});
