import { startBroker } from '@chat/broker';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { spawnConfigured } from './support/child.ts';
import { KEY, rawConfig, runConnector } from './support/connector.ts';
import { startFaultyAbly } from './support/faulty-ably.ts';
import { startPostgres } from './support/postgres.ts';
import {
  auditChanges,
  byRow,
  committedChanges,
  startKiller,
  startReader,
  writeChanges,
} from './support/storm.ts';

/**
 * Promises 1 to 6 and 8 at once, while everything fails. In full size, about two minutes:
 *
 *     STORM_CHANGES=50000 npm test -- connector/test/storm.test.ts
 */
const CHANGES = Number(process.env.STORM_CHANGES ?? 2_000);
const PER_SECOND = Math.max(500, CHANGES / 20);
const LEAST_KILLS = 3;
const LIMIT = 300_000 + CHANGES * 10;

test.each([
  ['one connector', 1],
  ['two connectors', 2],
  ['three connectors', 3],
])(
  '%s: while each is killed every second, Postgres restarts twice and Ably fails every third publish, no change is lost, doubled or reordered',
  async (_, instances) => {
    const postgres = await startPostgres();
    const broker = await startBroker({ keys: [KEY] });
    try {
      await using database = await postgres.createDatabase();
      await using ably = await startFaultyAbly(broker.port, 1 / 3);
      await using reader = await startReader('incoming-chat', broker.port);
      const config = rawConfig(database, ably);
      await auditChanges(database);
      await using first = await spawnConfigured(config);
      await first.line('ready'); // the triggers exist from now on
      await database.query(`insert into chat_data (msg_id) values ('hot')`);

      const killer = startKiller(config, instances, 1_000);
      first.signal('SIGKILL');
      const writing = writeChanges(database, CHANGES, PER_SECOND, () => killer.kills >= LEAST_KILLS);
      for (const how of ['orderly', 'crash'] as const) {
        await delay((CHANGES / PER_SECOND) * 333);
        await postgres.restart(how);
      }
      await writing;
      await killer.stop();

      await using _last = await runConnector(config);
      const committed = await committedChanges(database);
      await expect
        .poll(() => reader.seen.length, { timeout: LIMIT })
        .toBeGreaterThanOrEqual(committed.length);
      const unsettled = () => database.query('select from outbox where not processed');
      await expect.poll(unsettled, { timeout: LIMIT }).toEqual([]);

      expect(ably.faults).toBeGreaterThan(ably.requests / 4);
      expect(committed.length).toBeGreaterThanOrEqual(CHANGES);
      expect(reader.seen.length - new Set(reader.seen).size).toBe(0); // doubled
      expect([...reader.seen].sort()).toEqual([...committed].sort()); // lost, or invented
      expect(byRow(reader.seen)).toEqual(byRow(committed)); // order within each row
      console.log(
        `${instances} connectors: ${committed.length} changes, ${killer.kills} kills, 2 restarts of Postgres, ` +
          `${ably.faults} faults in ${ably.requests} publishes`,
      );
    } finally {
      await broker.close();
      await postgres.stop();
    }
  },
  LIMIT,
);
