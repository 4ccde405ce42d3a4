import { describe, expect, test } from 'vitest';
import { createEvents } from '../src/events.ts';
import { followDelivery } from '../src/monitoring/delivery.ts';

/** Two lanes, and a limit of 5 s, on a clock in ms that `at` sets. */
function follow() {
  const events = createEvents();
  let now = 0;
  const delivery = followDelivery(events, { concurrency: 2, overdue: 5_000 }, () => now);
  events.emit('listening', { node: 'n' });
  return {
    events,
    at: (time: number) => (now = time),
    look: (heads: Record<string, number>) =>
      events.emit('looked', {
        heads: Object.entries(heads).map(([channel, id]) => ({ channel, sequenceId: BigInt(id) })),
      }),
    waiting: () => Object.fromEntries([...delivery.waitingChannels()].map(([c, { since }]) => [c, since])),
    failing: () => Object.fromEntries([...delivery.failingSteps()].map(([s, { error }]) => [s, error])),
  };
}

describe('delivery: a channel', () => {
  test('waits once its first row has not changed for 5 s, since that row was first seen', () => {
    const { at, look, waiting } = follow();
    at(1_000);
    look({ a: 7, b: 8 });
    at(5_500);
    look({ a: 7, b: 12 });
    expect(waiting()).toEqual({});
    at(6_500);
    look({ a: 7, b: 15 });
    expect(waiting()).toEqual({ a: 1_000 });
    look({ b: 15 });
    expect(waiting()).toEqual({});
  });

  test('that gets on is never late, however large its backlog', () => {
    const { at, look, waiting } = follow();
    for (let second = 0; second < 100; second += 1) {
      at(second * 1_000);
      look({ a: Math.floor(second / 4) });
      expect(waiting()).toEqual({});
    }
  });

  test('does not get on by a late commit of an earlier row', () => {
    const { at, look, waiting } = follow();
    look({ a: 7 });
    at(4_000);
    look({ a: 3 });
    at(6_000);
    expect(waiting()).toEqual({ a: 0 });
  });

  test('may wait for its turn while more channels than lanes get on, for 60 s', () => {
    const { at, look, waiting } = follow();
    for (let second = 0; second <= 60; second += 1) {
      at(second * 1_000);
      look({ a: second, b: second, c: 1 });
      expect(waiting()).toEqual({});
    }
    at(61_000);
    expect(waiting()).toEqual({ c: 0 });
  });

  test('has its time from when the others are done', () => {
    const { at, look, waiting } = follow();
    for (let second = 0; second <= 20; second += 1) {
      at(second * 1_000);
      look({ a: second, b: second, c: 1 });
    }
    look({ c: 1 });
    expect(waiting()).toEqual({});
    at(25_000);
    look({ c: 1 });
    expect(waiting()).toEqual({});
    at(25_001);
    expect(waiting()).toEqual({ c: 0 });
  });

  test('waits when no channel of many gets on', () => {
    const { at, look, waiting } = follow();
    look({ a: 1, b: 2, c: 3 });
    at(11_000);
    look({ a: 1, b: 2, c: 3 });
    expect(waiting()).toEqual({ a: 0, b: 0, c: 0 });
  });
});

describe('delivery: a step', () => {
  test('fails once it has not succeeded for 5 s, with its last error', () => {
    const { events, at, look, failing } = follow();
    const fail = (message: string) =>
      events.emit('poll:failed', { failures: 1, delay: 1, error: new Error(message) });
    fail('first');
    at(4_000);
    look({});
    fail('last');
    expect(failing()).toEqual({});
    at(6_000);
    expect(failing()).toEqual({ 'claiming rows': 'last' });
    events.emit('poll:recovered');
    expect(failing()).toEqual({});
  });

  test('that hangs fails too', () => {
    const { at, look, failing } = follow();
    at(2_000);
    look({});
    at(6_900);
    expect(failing()).toEqual({});
    at(7_100);
    expect(failing()).toEqual({ 'reading the outbox': 'no answer' });
    look({});
    expect(failing()).toEqual({});
  });
});
