/**
 * Inserts single rows, one after the other on each of several connections, which stay open between
 * readings. Arguments: database, number of connections. A child process with IPC: it reports that
 * it is ready; for each `{ ms }` it inserts for that long and answers the rate.
 */
import pg from 'pg';
import * as v from 'valibot';
import { INSERT } from './insert.ts';

const Request = v.object({ ms: v.number() });

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

process.on('message', (request) => {
  void write(v.parse(Request, request).ms).then((insertsPerSecond) => process.send?.({ insertsPerSecond }));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
