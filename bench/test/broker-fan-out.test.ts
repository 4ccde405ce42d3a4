import { expect, test } from 'vitest';
import { brokerFanOut } from '../src/broker-fan-out.ts';

test('broker-fan-out: measures the broker and its floor', { timeout: 30_000 }, async () => {
  const measure = brokerFanOut({ subscribers: 4, window: 2, messagesPerSecond: 50 });
  const figures = await measure({ rounds: 1, readingMs: 100 });
  expect(figures.map(({ unit }) => unit)).toEqual(['deliveries/s', 'ms', 'ms']);
  for (const { ours, floor } of figures) {
    expect(ours).toBeGreaterThan(0);
    expect(floor).toBeGreaterThan(0);
  }
});
