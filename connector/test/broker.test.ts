import { RowChangeMessageSchema } from '@chat/contract';
import { startBroker } from '@chat/broker';
import { Realtime, type InboundMessage } from 'ably';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { KEY, rawConfig, runConnector } from './support/connector.ts';
import { startPostgres } from './support/postgres.ts';

test('a subscriber with the official client sees every change once and in order, also those of its past', async () => {
  const postgres = await startPostgres();
  const broker = await startBroker({ keys: [KEY] });
  const client = new Realtime({
    key: KEY,
    endpoint: '127.0.0.1',
    port: broker.port,
    tls: false,
    logLevel: 0,
  });
  try {
    await using database = await postgres.createDatabase();
    await using _ = await runConnector(rawConfig(database, broker));
    await database.query(`INSERT INTO chat_data (msg_id) SELECT 'm' || i FROM generate_series(1, 60) i`);

    const received: InboundMessage[] = [];
    const channel = client.channels.get('incoming-chat', { params: { rewind: '2m' } });
    await channel.subscribe((message) => received.push(message));
    await database.query(`UPDATE chat_data SET msg_data = 'edited' WHERE msg_id = 'm1'`);
    await database.query(`DELETE FROM chat_data WHERE msg_id = 'm2'`);
    await expect.poll(() => received.length, { timeout: 10_000 }).toBe(62);

    const changes = received.map(({ data }) => v.parse(RowChangeMessageSchema, data));
    expect(received.every(({ data }) => typeof data === 'string')).toBe(true);
    expect(changes.slice(0, 60).map(({ row }) => row.msg_id)).toEqual(
      Array.from({ length: 60 }, (_, i) => `m${i + 1}`),
    );
    expect(changes.slice(60).map(({ type, row }) => [type, row.msg_id, row.msg_data])).toEqual([
      ['UPDATE', 'm1', 'edited'],
      ['DELETE', 'm2', null],
    ]);
    expect(new Set(received.map(({ id }) => id)).size).toBe(62);
  } finally {
    client.close();
    await broker.close();
    await postgres.stop();
  }
});
