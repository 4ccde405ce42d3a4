import { RowChangeMessageSchema } from '@chat/contract';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { spawnConnector, temporaryFile } from './support/child.ts';
import { rawConfig, runConnector } from './support/connector.ts';
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

const heartbeats = () => setting.database.query<{ expiry: Date }>('SELECT expiry FROM nodes ORDER BY 1');

describe('killed at once, by SIGKILL', () => {
  test('after a publish and before it is settled: the next start publishes it again under the same ids', async () => {
    await using file = await temporaryFile(
      'config.json',
      JSON.stringify({ ...rawConfig(setting.database, setting.ably), logLevel: 'info' }),
    );
    await using victim = spawnConnector([file.path]);
    await victim.line('ready');
    setting.ably.behave(() => 'accept-and-hang');
    await insert(1, 3);
    await expect.poll(() => setting.ably.accepted.length, waitFor).toBe(3);
    victim.process.kill('SIGKILL');
    expect(await victim.exit).toBe('SIGKILL');
    await insert(4, 6);

    setting.ably.behave(() => 'accept');
    await using _ = await runConnector(rawConfig(setting.database, setting.ably));
    await outboxIsEmpty();
    expect(acceptedRows()).toEqual([...idsOf(1, 3), ...idsOf(1, 3), ...idsOf(4, 6)]);
    expect(rowsSeen()).toEqual(idsOf(1, 6));
  });

  test('again and again while rows are written: nothing lost, nothing seen twice, order kept', async () => {
    await using file = await temporaryFile(
      'config.json',
      JSON.stringify({ ...rawConfig(setting.database, setting.ably), logLevel: 'info' }),
    );
    let next = 1;
    for (let kill = 0; kill < 4; kill += 1) {
      await using victim = spawnConnector([file.path]);
      await victim.line('ready');
      const before = setting.ably.accepted.length;
      await insert(next, next + 49);
      next += 50;
      if (kill === 0) await expect.poll(() => setting.ably.accepted.length, waitFor).toBeGreaterThan(before);
      victim.process.kill('SIGKILL');
      await victim.exit;
    }
    await using _ = await runConnector(rawConfig(setting.database, setting.ably));
    await outboxIsEmpty();
    expect(rowsSeen()).toEqual(idsOf(1, next - 1));
  });
});

test('who is asked to stop keeps its lease until the publish in flight is settled', async () => {
  const connector = await runConnector(rawConfig(setting.database, setting.ably));
  const release = setting.ably.hold();
  await insert(1, 1);
  await expect.poll(() => setting.ably.requests, waitFor).toBe(1);
  const stopped = connector.stop();
  const [before] = await heartbeats();
  await expect
    .poll(async () => (await heartbeats())[0]?.expiry.getTime(), waitFor)
    .toBeGreaterThan(before?.expiry.getTime() ?? Infinity);
  release();
  await stopped;
  expect(await setting.database.query('SELECT processed FROM outbox')).toEqual([{ processed: true }]);
  expect(await heartbeats()).toEqual([]);
});

describe('with two instances', () => {
  test('nothing is published twice, and order is kept', async () => {
    await using one = await runConnector(rawConfig(setting.database, setting.ably));
    await using two = await runConnector(rawConfig(setting.database, setting.ably));
    expect(one.node).not.toBe(two.node);
    for (let i = 1; i <= 100; i += 1) await insert(i, i);
    await outboxIsEmpty();
    expect(acceptedRows()).toEqual(idsOf(1, 100));
  });

  test('one stands by while the other is at work on a channel, and takes over when it dies', async () => {
    await using file = await temporaryFile(
      'config.json',
      JSON.stringify({ ...rawConfig(setting.database, setting.ably), logLevel: 'info' }),
    );
    await using victim = spawnConnector([file.path]);
    await victim.line('ready');
    setting.ably.behave(() => 'accept-and-hang');
    await insert(1, 3);
    await expect.poll(() => setting.ably.accepted.length, waitFor).toBe(3);

    setting.ably.behave(() => 'accept');
    await using standby = await runConnector(rawConfig(setting.database, setting.ably));
    await insert(4, 6);
    // It sees the rows, again and again, and keeps its hands off them for as long as the other one lives.
    const before = await heartbeats();
    await expect.poll(heartbeats, waitFor).not.toEqual(before);
    expect(standby.seen.claimed).toBeUndefined();
    expect(setting.ably.accepted).toHaveLength(3);

    const killed = performance.now();
    victim.process.kill('SIGKILL');
    await outboxIsEmpty();
    expect(performance.now() - killed).toBeLessThan(8_000);
    expect(acceptedRows()).toEqual([...idsOf(1, 3), ...idsOf(1, 3), ...idsOf(4, 6)]);
    expect(rowsSeen()).toEqual(idsOf(1, 6));
  });

  test('one that leaves in order hands over at once', async () => {
    const leaving = await runConnector(rawConfig(setting.database, setting.ably), { lease: 60_000 });
    setting.ably.behave(() => 500);
    await insert(1, 3);
    await expect.poll(() => leaving.seen['channel:failed']).toBeGreaterThanOrEqual(1);
    await using staying = await runConnector(rawConfig(setting.database, setting.ably));
    await leaving.stop();
    setting.ably.behave(() => 'accept');
    await expect.poll(() => staying.seen.settled, { timeout: 3_000 }).toBe(1);
    expect(acceptedRows()).toEqual(idsOf(1, 3));
    expect(await setting.database.query('SELECT id FROM nodes')).toEqual([{ id: staying.node }]);
  });
});

test('a process that was frozen while another took over publishes nothing of its own any more', async () => {
  const raw = { ...rawConfig(setting.database, setting.ably), logLevel: 'info' };
  await using file = await temporaryFile('config.json', JSON.stringify(raw));
  await using frozen = spawnConnector([file.path]);
  await frozen.line('ready');
  const release = setting.ably.hold();
  await insert(1, 2_000); // several batches; the first is on its way
  await expect.poll(() => setting.ably.requests, waitFor).toBe(1);
  frozen.process.kill('SIGSTOP');
  release();
  await using _ = await runConnector(rawConfig(setting.database, setting.ably), { lease: 5_000 });
  await outboxIsEmpty();
  await insert(2_001, 2_003);
  await outboxIsEmpty();
  const requests = setting.ably.requests;
  frozen.process.kill('SIGCONT');
  await frozen.line('a channel is stuck; trying again'); // it noticed
  expect(setting.ably.requests).toBe(requests);
  expect(rowsSeen()).toEqual(idsOf(1, 2_003));
});
