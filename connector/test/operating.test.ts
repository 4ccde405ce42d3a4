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
