import { expect } from 'vitest';
import { runConnector, setUpTriggers } from './support/connector.ts';
import { test } from './support/fixtures.ts';
import { enforce } from './support/plan.ts';

test.beforeAll(({ postgres }) => void postgres);

/** On a busy machine neither limit may cause a repeat. */
const PATIENT = { lease: 60_000, publishTimeout: 60_000 };

test('connector: publishes a small transaction before a large one that is pending on a limited channel', async ({
  database,
  ably,
  config,
  chat,
}) => {
  await setUpTriggers(config);
  await database.query('alter table chat_data disable trigger outbox_capture_insert');
  await chat.insert(1, 20_000);
  await database.query('alter table chat_data enable trigger outbox_capture_insert');
  await database.query(`update chat_data set msg_data = 'edited'`);
  ably.behave(enforce({ publishesPerChannel: 5 }));
  await using connector = await runConnector(config, PATIENT);
  await expect.poll(() => connector.seen.limited, { timeout: 30_000 }).toBeGreaterThan(0);
  for (const id of [1, 2, 3, 4]) {
    await database.query(`insert into chat_data (msg_id, msg_data) values ($1, 'hello')`, [`live${id}`]);
    const isAccepted = () => ably.accepted.findLast(({ data }) => data?.includes(`"live${id}"`));
    await expect.poll(isAccepted, { timeout: 30_000, interval: 20 }).toBeDefined();
  }
  expect(ably.accepted.length).toBeLessThan(15_000);
  expect(connector.seen['survey:failed']).toBeUndefined();
});
