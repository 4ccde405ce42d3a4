import { expect } from 'vitest';
import { runConnector, setUpTriggers } from './support/connector.ts';
import { test } from './support/fixtures.ts';

test.beforeAll(({ postgres }) => void postgres);

test('connector /metrics: reports the age of the first pending row, from its id', async ({
  ably,
  config,
  chat,
}) => {
  await setUpTriggers(config);
  await chat.insert(1, 1);
  const inserted = performance.now();
  ably.behave(() => 500);
  await using connector = await runConnector(config);
  const lag = async () => {
    const text = await (await fetch(new URL('/metrics', connector.healthUrl))).text();
    return Number(/^connector_lag_seconds (\S+)/m.exec(text)?.[1]);
  };
  const first = await lag();
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan((performance.now() - inserted) / 1_000 + 5);
  await expect.poll(lag, { timeout: 10_000 }).toBeGreaterThan(first + 0.9);
  ably.behave(() => 'accept');
  await expect.poll(lag, { timeout: 10_000 }).toBe(0);
});

test('connector /health: counts pending rows, published messages and failures', async ({
  ably,
  config,
  chat,
}) => {
  await using connector = await runConnector(config);
  const health = async () => (await fetch(connector.healthUrl ?? '')).json();
  expect(await health()).toEqual({
    status: 'ok',
    state: 'listening',
    waitingRows: 0,
    publishedMessages: 0,
    failures: 0,
  });
  ably.behave(() => 500);
  await chat.insert(1, 3);
  await expect.poll(health, { timeout: 10_000 }).toMatchObject({ status: 'ok', waitingRows: 3 });
  await expect.poll(async () => (await health()).failures, { timeout: 10_000 }).toBeGreaterThan(0);
  ably.behave(() => 'accept');
  await expect.poll(health, { timeout: 10_000 }).toMatchObject({ waitingRows: 0, publishedMessages: 3 });
  expect((await fetch(new URL('/elsewhere', connector.healthUrl))).status).toBe(404);
});

test('connector /metrics: reports lag by channel, blocked channels, and set-aside rows by code', async ({
  database,
  ably,
  config,
}) => {
  await using connector = await runConnector(config);
  const metrics = async () => (await fetch(new URL('/metrics', connector.healthUrl))).text();
  ably.behave((_, messages) => (messages.some(({ data }) => data?.includes('bad')) ? 422 : 500));
  await database.query(`insert into chat_data (msg_id, msg_data) values ('m1', 'bad')`);
  await expect.poll(metrics).toContain('connector_set_aside_by_code{code="42200"} 1');
  await database.query(`insert into chat_data (msg_id) values ('m2'), ('m3')`);
  await expect.poll(metrics).toContain('connector_channel_lag_rows{channel="incoming-chat"} 2');
  expect(await metrics()).toMatch(/^connector_channel_blocked_since_seconds\{channel="incoming-chat"\} 1/m);
  expect(await metrics()).toMatch(/^connector_ready 0$/m);
  ably.behave(() => 'accept');
  await expect.poll(metrics).not.toContain('channel="incoming-chat"');
  await expect.poll(metrics).toMatch(/^connector_ready 1$/m);
});
