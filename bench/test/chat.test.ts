import { once } from 'node:events';
import { connect } from 'node:net';
import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import { chatDelay } from '../src/chat-delay.ts';
import { chatGrowth } from '../src/chat-growth.ts';
import { chatRate } from '../src/chat-rate.ts';
import { fillTable } from '../src/chat/fill-table.ts';
import { findHighestRate } from '../src/chat/highest-rate.ts';
import { openRoom } from '../src/chat/room.ts';
import { startOurs, startPeer } from '../src/chat/system.ts';
import type { Figure } from '../src/measurement.ts';

const effort = { rounds: 1, readingMs: 200 };
/** Most tests start two whole systems, which takes minutes on a loaded machine. */
const slow = { timeout: 240_000 };

const children = () => process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap');
afterEach(() => expect(children()).toEqual([]));

function expectBoth(figures: readonly Figure[]): void {
  for (const { ours, floor } of figures) {
    expect(ours).toBeGreaterThan(0);
    expect(floor).toBeGreaterThan(0);
  }
}

test('chat-50: measures the delay of our chat and the peer', slow, async () => {
  const figures = await chatDelay({ readers: 2, perSecond: 50 })(effort);
  expect(figures.map(({ unit }) => unit)).toEqual(['ms', 'ms']);
  expectBoth(figures);
});

test('chat-rate: measures the rate of our chat and the peer up to a limit', slow, async () => {
  const figures = await chatRate({ readers: 2, leastMs: 0, limit: 50 })(effort);
  expect(figures.map(({ unit }) => unit)).toEqual(['messages/s']);
  expectBoth(figures);
  expect(figures[0]?.ours).toBeLessThan(55);
});

test.each([
  ['our chat', startOurs],
  ['the peer', startPeer],
] as const)('%s delivers all messages, and its server and database stop', slow, async (_, start) => {
  const { address, database, stop } = await start();
  try {
    const room = await openRoom(address, 3);
    const { delays, late } = await room.read({ perSecond: 50, ms: 100 }).finally(() => room.close());
    expect({ messages: delays.length, late }).toEqual({ messages: 5, late: 0 });
  } finally {
    await stop();
  }
  for (const port of [address.port, Number(new URL(database).port)]) {
    await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED');
  }
});

test('chat-growth: measures our chat by readers and by rows', slow, async () => {
  const figures = await chatGrowth({ readers: [1, 2], rows: [100, 200], readersOfRows: 1 })(effort);
  expect(figures.map(({ what }) => what.split(':')[0])).toEqual(
    ['1 reading', '2 reading', '100 rows', '200 rows'].map((what) => `chat with ${what}`),
  );
  expectBoth(figures);
});

test('fillTable: adds rows up to a total without capturing them', slow, async () => {
  const { database, stop } = await startOurs();
  try {
    await fillTable(database, 10);
    await fillTable(database, 300);
    const client = new pg.Client(database);
    await client.connect();
    const counts =
      'select (select count(*) from chat_data)::int as rows, (select count(*) from outbox)::int as outbox';
    const { rows } = await client.query(counts);
    await client.end();
    expect(rows).toEqual([{ rows: 300, outbox: 0 }]);
  } finally {
    await stop();
  }
});

describe('findHighestRate', () => {
  const upTo = (most: number) => async (perSecond: number) => (perSecond <= most ? perSecond : undefined);

  test.each([
    [1_000, 1_000],
    [150, 150],
    [90, 87.5],
    [0.5, 0],
  ])('for a system that manages %d/s returns %d', async (most, found) => {
    expect(await findHighestRate(upTo(most), 100, 1e6)).toBeCloseTo(found);
  });
});
