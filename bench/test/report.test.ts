import { describe, expect, it } from 'vitest';
import { meetsGoal } from '../src/measurement.ts';
import { toTable } from '../src/report.ts';
import { median, quantile } from '../src/statistics.ts';

describe('statistics', () => {
  it('are of the values in order, whatever order they came in', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(quantile([5, 1, 4, 2, 3], 0.99)).toBe(5);
    expect(quantile([10, 9], 0)).toBe(9);
  });

  it('of nothing do not exist', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('a figure', () => {
  const rate = { what: 'rate', unit: '1/s', ours: 60_000, floor: 100_000 };

  it.each([
    [{ atLeast: 0.5 }, true],
    [{ atLeast: 0.7 }, false],
    [{ atMost: 0.6 }, true],
    [{ atMost: 0.5 }, false],
  ])('with the goal %j is met: %s', (goal, expected) => {
    expect(meetsGoal({ ...rate, goal })).toBe(expected);
  });

  it('without floor or goal is neither met nor missed', () => {
    expect(meetsGoal({ ...rate })).toBeUndefined();
    expect(meetsGoal({ what: 'x', unit: 'ms', ours: 1, goal: { atMost: 2 } })).toBeUndefined();
  });

  it('is a row that says when its goal is missed', () => {
    const table = toTable([
      { ...rate, goal: { atLeast: 0.7 } },
      { what: 'alone', unit: 'ms', ours: 0.1234 },
    ]);
    expect(table.split('\n')).toEqual([
      'what   ours    floor    unit  ratio  goal',
      'rate   60,000  100,000  1/s   0.60   ≥ 0.7  missed',
      'alone  0.123            ms',
    ]);
  });
});
