import type pg from 'pg';
import { expect } from 'vitest';
import { test } from './support/fixtures.ts';

async function rowOf(client: pg.Client, msgId: string) {
  const { rows } = await client.query('select * from chat_data where msg_id = $1', [msgId]);
  return rows[0];
}

test('chat_data: a row without a time gets the time of its insertion', async ({ client }) => {
  const before = Date.now();
  await client.query("insert into chat_data (msg_id) values ('no time')");
  await client.query(
    "insert into chat_data (msg_id, created_at_timestamp) values ('null time', null), ('own time', 5)",
  );
  const after = Date.now();
  for (const msgId of ['no time', 'null time']) {
    const time = Number((await rowOf(client, msgId)).created_at_timestamp);
    expect(time).toBeGreaterThanOrEqual(before - 1);
    expect(time).toBeLessThanOrEqual(after + 1);
  }
  expect((await rowOf(client, 'own time')).created_at_timestamp).toBe('5');
});

test('chat_data: every update raises the revision by one and keeps a time, regardless of the values it sets', async ({
  client,
}) => {
  await client.query("insert into chat_data (msg_id, created_at_timestamp) values ('m', 5)");
  expect((await rowOf(client, 'm')).revision).toBe(1);
  await client.query("update chat_data set msg_data = 'x' where msg_id = 'm'");
  expect((await rowOf(client, 'm')).revision).toBe(2);
  await client.query("update chat_data set revision = 1, created_at_timestamp = null where msg_id = 'm'");
  expect(await rowOf(client, 'm')).toMatchObject({ revision: 3, created_at_timestamp: '5' });
});

test('chat_data: a page of history is a range of the index chat_data_newest_first', async ({ client }) => {
  await client.query(
    `insert into chat_data (msg_id, created_at_timestamp)
     select 'p' || n, n / 2 from generate_series(1, 5000) n`,
  );
  await client.query('analyze chat_data');
  const { rows } = await client.query(`explain select * from chat_data
    where (created_at_timestamp, incremental_record_id) < (1000, 2000)
    order by created_at_timestamp desc, incremental_record_id desc limit 51`);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toMatch(/Index Scan using chat_data_newest_first/);
  expect(plan).not.toMatch(/Sort|Filter/);
});
