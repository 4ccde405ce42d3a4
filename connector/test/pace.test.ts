import { describe, expect, test } from 'vitest';
import { createPace } from '../src/limits/pace.ts';

/** Sends one unit after the other to a limit of `perSecond`, on a clock of its own, in ms. */
function drive(perSecond: number, burst: number) {
  let now = 1_000;
  let level = burst;
  let filledAt = now;
  const pace = createPace(1, () => now);
  const counts = { accepted: 0, rejected: 0 };
  return {
    pace,
    counts,
    pass: (ms: number) => (now += ms),
    /** Sends for `ms` as fast as the pace permits, each publish taking 1 ms. */
    send(ms: number, limit = perSecond) {
      const end = now + ms;
      while (now < end) {
        now += Math.max(1, pace.delay());
        pace.spend(1);
        level = Math.min(burst, level + ((now - filledAt) * limit) / 1_000);
        filledAt = now;
        const isAccepted = level >= 1;
        if (isAccepted) level -= 1;
        counts[isAccepted ? 'accepted' : 'rejected'] += 1;
        if (isAccepted) pace.accepted(1);
        else pace.rejected();
      }
    },
  };
}

describe('pace', () => {
  test('neither waits nor has a rate before the first rejection', () => {
    const { pace, counts, send } = drive(Infinity, Infinity);
    send(1_000);
    expect(counts).toEqual({ accepted: 1_000, rejected: 0 });
    expect([pace.rate(), pace.delay()]).toEqual([Infinity, 0]);
  });

  test.for([
    ['50 a second', 50, 50],
    ['50 a second, without a burst', 50, 1],
    ['500 a second', 500, 500],
    ['1 a second', 1, 1],
    ['1 in 4 seconds, after a burst', 0.25, 20],
  ] as const)('uses more than 0.75 of a limit of %s, and is rejected rarely', ([, limit, burst]) => {
    const { counts, send } = drive(limit, burst);
    send(60_000);
    counts.accepted = counts.rejected = 0;
    send(120_000);
    expect(counts.accepted / (120 * limit)).toBeGreaterThan(0.75);
    expect(counts.rejected).toBeLessThan(40);
  });

  test('learns a limit of 50 a second within its first seconds', () => {
    const { counts, send } = drive(50, 50);
    send(10_000);
    expect(counts.accepted).toBeGreaterThan(0.8 * 500);
    expect(counts.rejected).toBeLessThan(10);
  });

  test('follows a limit that rises to the tenfold within 20 seconds', () => {
    const { pace, send } = drive(50, 50);
    send(30_000);
    send(20_000, 500);
    expect(pace.rate()).toBeGreaterThan(300);
  });

  test('has forgotten a limit after a minute without a rejection', () => {
    const { pace, pass, send } = drive(50, 50);
    send(10_000);
    pass(61_000);
    expect(pace.rate()).toBe(Infinity);
  });

  test('learns nothing from rejections before anything was accepted', () => {
    let now = 0;
    const pace = createPace(5, () => now);
    for (const isAccepted of [false, false, false, true]) {
      now += Math.max(1, pace.delay());
      pace.spend(1);
      if (isAccepted) pace.accepted(1);
      else pace.rejected();
    }
    expect(pace.rate()).toBeGreaterThanOrEqual(4);
  });

  test('does not slow down below its least rate because of what others publish', () => {
    let now = 0;
    const pace = createPace(5, () => now);
    for (; now < 60_000; now += 2_000) {
      pace.spend(1);
      pace.rejected();
      now += 200;
      pace.spend(1);
      pace.accepted(1);
    }
    expect(pace.rate()).toBeGreaterThanOrEqual(4);
  });
});
