import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { startBusyChat } from './support/busy-chat.ts';
import { runConnector, setUpTriggers } from './support/connector.ts';
import { test } from './support/fixtures.ts';
import { enforce } from './support/plan.ts';
import { auditChanges, byRow, committedChanges, startKiller } from './support/storm.ts';

test.beforeAll(({ postgres }) => void postgres);

/** `LIMITS_STORM_SECONDS=120 npm test -- connector/test/limits-storm.test.ts` looks longer. */
const SECONDS = Number(process.env.LIMITS_STORM_SECONDS ?? 15);

const LIMIT = 200_000 + SECONDS * 10_000;

test(
  'connectors: while Ably limits the channel, small transactions overtake bulk statements and connectors are killed, no change is lost, doubled, or published before an earlier one of its row',
  async ({ database, ably, config }) => {
    await setUpTriggers(config);
    await auditChanges(database);
    await database.query(
      'alter table chat_data disable trigger outbox_capture_insert, disable trigger audit',
    );
    await database.query(
      `insert into chat_data (msg_id, msg_data) select 'm' || i, 'old' from generate_series(1, 3000) as i`,
    );
    await database.query('alter table chat_data enable trigger outbox_capture_insert, enable trigger audit');
    ably.behave(enforce({ publishesPerChannel: 8 }));
    const killer = startKiller(config, 2, 2_000);
    const chat = startBusyChat(database, SECONDS * 1_000);
    await delay((SECONDS * 1_000) / 2);
    await using _ = await runConnector(config);
    await chat.done;
    await killer.stop();
    ably.behave(enforce({ publishesPerChannel: 40 }));
    const isPublished = () => database.query('select from outbox where not processed limit 1');
    await expect.poll(isPublished, { timeout: LIMIT }).toEqual([]);

    // Ably discards repeated ids.
    const messages = [...new Map(ably.accepted.map((message) => [message.id, message])).values()];
    const seen = messages.map(({ data }) => {
      const { type, row } = JSON.parse(data ?? '') as { type: string; row: Record<string, unknown> };
      return `${String(row.msg_id)} ${type} ${String(row.revision)}`;
    });
    const committed = await committedChanges(database);
    expect(byRow(seen)).toEqual(byRow(committed));
    const place = new Map(committed.map((change, index) => [change, index]));
    const overtaken = seen.filter(
      (change, index) => (place.get(seen[index + 1] ?? '') ?? Infinity) < (place.get(change) ?? 0),
    );
    expect(overtaken.length).toBeGreaterThan(3);
    console.log(`${committed.length} changes, ${killer.kills} kills, ${overtaken.length} changes overtook`);
  },
  LIMIT,
);
