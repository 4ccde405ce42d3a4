/**
 * A process that only listens and sends the time of each notification. Arguments: database,
 * channel.
 */
import pg from 'pg';

const [, , url, channel = ''] = process.argv;
const client = new pg.Client(url);
await client.connect();
client.on('notification', () => process.send?.({ notifiedAt: Number(process.hrtime.bigint()) / 1e6 }));
await client.query(`listen ${pg.escapeIdentifier(channel)}`);
process.send?.({ listening: true });
process.on('disconnect', () => process.exit(0));
