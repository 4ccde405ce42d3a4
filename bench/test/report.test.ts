import { describe, expect, test } from 'vitest';
import { meetsGoal } from '../src/measurement.ts';
import { toTable } from '../src/report.ts';
import { median, quantile } from '../src/statistics.ts';

describe('statistics', () => {
  test('sort the values first', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(quantile([5, 1, 4, 2, 3], 0.99)).toBe(5);
    expect(quantile([10, 9], 0)).toBe(9);
  });

  test('throw for an empty list', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('a figure', () => {
  const rate = { what: 'rate', unit: '1/s', ours: 60_000, floor: 100_000 };

  test.each([
    [{ atLeast: 0.5 }, true],
    [{ atLeast: 0.7 }, false],
    [{ atMost: 0.6 }, true],
    [{ atMost: 0.5 }, false],
  ])('with the goal %j meets it: %s', (goal, expected) => {
    expect(meetsGoal({ ...rate, goal })).toBe(expected);
  });

  test('without floor or goal neither meets nor misses one', () => {
    expect(meetsGoal({ ...rate })).toBeUndefined();
    expect(meetsGoal({ what: 'x', unit: 'ms', ours: 1, goal: { atMost: 2 } })).toBeUndefined();
  });

  test('becomes a table row, marked when it misses its goal', () => {
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
