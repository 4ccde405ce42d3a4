/**
 * Single-row inserts, one after the other on each of some connections, which stay open from one time to the next: a program that writes
 * all day does not connect for it. Arguments: database, connections. As a child process with IPC it says that it is ready, then
 * inserts for so long as each `{ ms }` tells it to, and answers how many a second those were.
 */
import pg from 'pg';
import * as v from 'valibot';
import { INSERT } from './insert.ts';

const Order = v.object({ ms: v.number() });

const [, , url, connections] = process.argv;
const clients = await Promise.all(
  Array.from({ length: Number(connections) }, async () => {
    const client = new pg.Client(url);
    await client.connect();
    return client;
  }),
);

async function write(ms: number): Promise<number> {
  const startedAt = performance.now();
  let inserts = 0;
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() - startedAt < ms) {
        await client.query({ name: 'insert', text: INSERT });
        inserts += 1;
      }
    }),
  );
  return (inserts * 1_000) / (performance.now() - startedAt);
}

process.on('message', (order) => {
  void write(v.parse(Order, order).ms).then((insertsPerSecond) => process.send?.({ insertsPerSecond }));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
