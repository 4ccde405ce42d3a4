import { startBroker } from '@chat/broker';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { spawnConnector, temporaryFile } from './support/child.ts';
import { KEY, rawConfig, runConnector } from './support/connector.ts';
import { startFaultyAbly } from './support/faulty-ably.ts';
import { startPostgres } from './support/postgres.ts';
import {
  auditChanges,
  byRow,
  committedChanges,
  killAgainAndAgain,
  startReader,
  writeChanges,
} from './support/storm.ts';

/**
 * Promises 1 to 6 and 8 at once, with everything going wrong. In full size, about two minutes:
 *
 *     STORM_CHANGES=50000 npx vitest run --project parts connector/test/storm.test.ts
 */
const CHANGES = Number(process.env.STORM_CHANGES ?? 2_000);
const PER_SECOND = Math.max(500, CHANGES / 20);
const LIMIT = 60_000 + CHANGES * 10;

test.each([
  ['one connector', 1],
  ['two connectors', 2],
  ['three connectors', 3],
])(
  '%s killed every second, Postgres restarted twice, a third of Ably’s answers wrong: nothing lost, doubled or disordered',
  async (_, instances) => {
    const postgres = await startPostgres();
    const broker = await startBroker({ keys: [KEY] });
    try {
      await using database = await postgres.createDatabase();
      await using ably = await startFaultyAbly(broker.port, 1 / 3);
      await using reader = await startReader('incoming-chat', broker.port);
      const raw = { ...rawConfig(database, ably), logLevel: 'info' as const };
      await using config = await temporaryFile('config.json', JSON.stringify(raw));
      await auditChanges(database);
      await using first = spawnConnector([config.path]);
      await first.line('ready'); // from here on the triggers stand
      await database.query(`INSERT INTO chat_data (msg_id) VALUES ('hot')`);

      const calm = new AbortController();
      const killing = killAgainAndAgain(config.path, { instances, lifetime: 1_000, until: calm.signal });
      first.process.kill('SIGKILL');
      const writing = writeChanges(database, CHANGES, PER_SECOND);
      for (const how of ['orderly', 'crash'] as const) {
        await delay((CHANGES / PER_SECOND) * 333);
        await postgres.restart(how);
      }
      await writing;
      calm.abort();
      const kills = await killing;

      await using _last = await runConnector(rawConfig(database, ably));
      const committed = await committedChanges(database);
      await expect
        .poll(() => reader.seen.length, { timeout: LIMIT })
        .toBeGreaterThanOrEqual(committed.length);
      const unsettled = () => database.query('SELECT FROM outbox WHERE NOT processed');
      await expect.poll(unsettled, { timeout: LIMIT }).toEqual([]);

      expect(kills).toBeGreaterThanOrEqual(3);
      expect(ably.faults).toBeGreaterThan(ably.requests / 4);
      expect(committed.length).toBeGreaterThanOrEqual(CHANGES);
      expect(reader.seen.length - new Set(reader.seen).size).toBe(0); // doubled
      expect([...reader.seen].sort()).toEqual([...committed].sort()); // lost, or invented
      expect(byRow(reader.seen)).toEqual(byRow(committed)); // order within each row
      console.log(
        `${instances} connectors: ${committed.length} changes, ${kills} kills, 2 restarts of Postgres, ` +
          `${ably.faults} faults in ${ably.requests} publishes`,
      );
    } finally {
      await broker.close();
      await postgres.stop();
    }
  },
  LIMIT,
);
