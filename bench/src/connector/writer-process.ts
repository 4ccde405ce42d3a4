/** Single-row inserts, one after the other on each of some connections, for some time. Arguments: database, connections, ms. */
import pg from 'pg';
import { INSERT } from './insert.ts';

const [, , url, connections, ms] = process.argv;
const clients = await Promise.all(
  Array.from({ length: Number(connections) }, async () => {
    const client = new pg.Client(url);
    await client.connect();
    return client;
  }),
);
const startedAt = performance.now();
let inserts = 0;
await Promise.all(
  clients.map(async (client) => {
    while (performance.now() - startedAt < Number(ms)) {
      await client.query({ name: 'insert', text: INSERT });
      inserts += 1;
    }
  }),
);
process.send?.({ insertsPerSecond: (inserts * 1_000) / (performance.now() - startedAt) });
await Promise.all(clients.map((client) => client.end()));
process.disconnect();
