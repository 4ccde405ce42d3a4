import { expect, test } from 'vitest';
import { backoffDelay, pause } from '../src/backoff.ts';
import { createDoorbell } from '../src/publishing/doorbell.ts';

const backoff = { first: 200, longest: 15_000 };
const delays = (random: () => number) =>
  [1, 2, 3, 7, 8, 1_000].map((failures) => backoffDelay(failures, backoff, random));

test('delays double up to the longest', () => {
  expect(delays(() => 1)).toEqual([200, 400, 800, 12_800, 15_000, 15_000]);
});

test('jitter takes up to half of each delay away', () => {
  expect(delays(() => 0)).toEqual([100, 200, 400, 6_400, 7_500, 7_500]);
});

test('a pause ends early when it is interrupted', async () => {
  const interrupted = new AbortController();
  const pausing = pause(1e8, interrupted.signal);
  interrupted.abort();
  await pausing;
});

test('the doorbell remembers one ring that nobody waited for', async () => {
  const doorbell = createDoorbell();
  doorbell.ring();
  doorbell.ring();
  await doorbell.wait(1e8);
  let heard = false;
  const waiting = doorbell.wait(1e8).then(() => (heard = true));
  await new Promise(setImmediate);
  expect(heard).toBe(false);
  doorbell.ring();
  await waiting;
});
