import { once } from 'node:events';
import { connect } from 'node:net';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { chatDelay } from '../src/chat-delay.ts';
import { chatGrowth } from '../src/chat-growth.ts';
import { chatRate } from '../src/chat-rate.ts';
import { fillTable } from '../src/chat/fill-table.ts';
import { findHighestRate } from '../src/chat/highest-rate.ts';
import { openRoom } from '../src/chat/room.ts';
import { startOurs, startPeer } from '../src/chat/system.ts';
import type { Figure } from '../src/measurement.ts';

const effort = { rounds: 1, readingMs: 200 };
const aMinute = { timeout: 60_000 };

const children = () => process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap');
afterEach(() => expect(children()).toEqual([]));

function expectBoth(figures: readonly Figure[]): void {
  for (const { ours, floor } of figures) {
    expect(ours).toBeGreaterThan(0);
    expect(floor).toBeGreaterThan(0);
  }
}

describe('our chat and the peer', () => {
  it('are measured for their delay', aMinute, async () => {
    const figures = await chatDelay({ readers: 2, perSecond: 50 })(effort);
    expect(figures.map(({ unit }) => unit)).toEqual(['ms', 'ms']);
    expectBoth(figures);
  });

  it('are measured for their rate, up to a limit', aMinute, async () => {
    const figures = await chatRate({ readers: 2, leastMs: 0, limit: 50 })(effort);
    expect(figures.map(({ unit }) => unit)).toEqual(['messages/s']);
    expectBoth(figures);
    expect(figures[0]?.ours).toBeLessThan(55);
  });

  it.each([startOurs, startPeer])('are gone once they are stopped: %o', aMinute, async (start) => {
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
});

it('our chat is measured as its readers and rows grow in number', aMinute, async () => {
  const figures = await chatGrowth({ readers: [1, 2], rows: [100, 200], readersOfRows: 1 })(effort);
  expect(figures.map(({ what }) => what.split(':')[0])).toEqual(
    ['1 reading', '2 reading', '100 rows', '200 rows'].map((what) => `chat with ${what}`),
  );
  expectBoth(figures);
});

it('a table is filled to so many rows, of which nobody is told', aMinute, async () => {
  const { database, stop } = await startOurs();
  try {
    await fillTable(database, 10);
    await fillTable(database, 300);
    const client = new pg.Client(database);
    await client.connect();
    const counts =
      'SELECT (SELECT count(*) FROM chat_data)::int AS rows, (SELECT count(*) FROM outbox)::int AS outbox';
    const { rows } = await client.query(counts);
    await client.end();
    expect(rows).toEqual([{ rows: 300, outbox: 0 }]);
  } finally {
    await stop();
  }
});

describe('the highest rate', () => {
  const upTo = (most: number) => async (perSecond: number) => (perSecond <= most ? perSecond : undefined);

  it.each([
    [1_000, 1_000],
    [150, 150],
    [90, 87.5],
    [0.5, 0],
  ])('of something that manages %d is found: %d', async (most, found) => {
    expect(await findHighestRate(upTo(most), 100, 1e6)).toBeCloseTo(found);
  });
});
