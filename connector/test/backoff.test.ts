import { expect, test } from 'vitest';
import { backoffDelay, pause } from '../src/backoff.ts';
import { createDoorbell } from '../src/publishing/doorbell.ts';

const backoff = { first: 200, longest: 15_000 };
const delays = (random: () => number) =>
  [1, 2, 3, 7, 8, 1_000].map((failures) => backoffDelay(failures, backoff, random));

test('backoff: doubles each delay up to the longest', () => {
  expect(delays(() => 1)).toEqual([200, 400, 800, 12_800, 15_000, 15_000]);
});

test('backoff: shortens each delay by up to half', () => {
  expect(delays(() => 0)).toEqual([100, 200, 400, 6_400, 7_500, 7_500]);
});

test('pause: ends early when it is aborted', async () => {
  const interrupted = new AbortController();
  const pausing = pause(1e8, interrupted.signal);
  interrupted.abort();
  await pausing;
});

test('doorbell: remembers one ring while the loop does not wait', async () => {
  const doorbell = createDoorbell();
  doorbell.ring();
  doorbell.ring();
  await doorbell.wait(1e8);
  let woken = false;
  const waiting = doorbell.wait(1e8).then(() => (woken = true));
  await new Promise(setImmediate);
  expect(woken).toBe(false);
  doorbell.ring();
  await waiting;
});
