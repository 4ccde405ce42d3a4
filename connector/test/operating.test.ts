import { expect, test } from 'vitest';
import { rawConfig, runConnector } from './support/connector.ts';
import { useSetting } from './support/setting.ts';

const setting = useSetting();

const insert = (from: number, to: number) =>
  setting.database.query(
    `INSERT INTO chat_data (msg_id, msg_data) SELECT 'm' || i, 'text ' || i FROM generate_series($1::int, $2::int) i`,
    [from, to],
  );

test('/metrics tells how old the first row is that waits, from its id', async () => {
  await (await runConnector(rawConfig(setting.database, setting.ably))).stop();
  await insert(1, 1);
  setting.ably.behave(() => 500);
  await using connector = await runConnector(rawConfig(setting.database, setting.ably));
  const lag = async () => {
    const text = await (await fetch(new URL('/metrics', connector.healthUrl))).text();
    return Number(/^connector_lag_seconds (\S+)/m.exec(text)?.[1]);
  };
  const first = await lag();
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(20);
  await expect.poll(lag, { timeout: 5_000 }).toBeGreaterThan(first + 0.9);
  setting.ably.behave(() => 'accept');
  await expect.poll(lag, { timeout: 5_000 }).toBe(0);
});

test('/health tells how much waits', async () => {
  await using connector = await runConnector(rawConfig(setting.database, setting.ably));
  const health = async () => (await fetch(connector.healthUrl ?? '')).json();
  expect(await health()).toEqual({
    status: 'ok',
    state: 'listening',
    waitingRows: 0,
    publishedMessages: 0,
    failures: 0,
  });
  setting.ably.behave(() => 500);
  await insert(1, 3);
  await expect.poll(health, { timeout: 5_000 }).toMatchObject({ status: 'ok', waitingRows: 3 });
  expect((await health()).failures).toBeGreaterThan(0);
  setting.ably.behave(() => 'accept');
  await expect.poll(health, { timeout: 5_000 }).toMatchObject({ waitingRows: 0, publishedMessages: 3 });
  expect((await fetch(new URL('/elsewhere', connector.healthUrl))).status).toBe(404);
});
