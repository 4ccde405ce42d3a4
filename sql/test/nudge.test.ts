import type pg from 'pg';
import { expect } from 'vitest';
import { withClient } from '@chat/postgres/testing';
import { test } from './support/fixtures.ts';

/** Runs `work`, and returns the notifications that a listener on ably_adbc received meanwhile. */
async function nudgesDuring(url: string, work: () => Promise<unknown>) {
  return withClient(url, async (listener) => {
    const received: pg.Notification[] = [];
    const ended = new Promise<void>((resolve) =>
      listener.on('notification', (notification) => {
        if (notification.channel === 'end') resolve();
        else received.push(notification);
      }),
    );
    await listener.query('listen ably_adbc; listen "end"');
    await work();
    await withClient(url, (client) => client.query('notify "end"'));
    await ended;
    return received.map(({ channel, payload }) => ({ channel, payload }));
  });
}

const MANY_ROWS = `insert into chat_data (msg_id, msg_data)
  select n, repeat('x', 9000) from generate_series(1, 50) n`;

test('nudge: notifies a listener once per commit, without content', async ({ chat, url }) => {
  const nudges = await nudgesDuring(url, () => chat.query(MANY_ROWS));
  expect(nudges).toEqual([{ channel: 'ably_adbc', payload: '' }]);
});

test('nudge: notifies no listener while a connector is awake, and does again afterwards', async ({
  chat,
  url,
}) => {
  await withClient(url, async (connector) => {
    await connector.query('select pg_advisory_lock(2022, 0)');
    expect(await nudgesDuring(url, () => chat.query(MANY_ROWS))).toEqual([]);
    await connector.query('select pg_advisory_unlock(2022, 0)');
  });
  expect(await nudgesDuring(url, () => chat.query('delete from chat_data'))).toHaveLength(1);
});
