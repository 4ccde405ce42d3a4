import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDay, formatMoment, isSameDay } from '~/utils/moment';

const at = (day: number, hours: number, minutes: number) => new Date(2026, 10, day, hours, minutes).getTime();
const now = at(21, 23, 59);

describe('formatMoment', () => {
  test.each([
    [at(21, 0, 5), 'at 12:05 am'],
    [at(21, 9, 30), 'at 9:30 am'],
    [at(21, 12, 0), 'at 12:00 pm'],
    [at(21, 15, 7), 'at 3:07 pm'],
    [at(20, 23, 59), 'on 20/11 at 11:59 pm'],
    [new Date(2025, 10, 21, 8, 0).getTime(), 'on 21/11 at 8:00 am'],
  ])('formats %d as "%s"', (time, line) => {
    expect(formatMoment(time, now)).toBe(line);
  });

  test('calls a time beyond the range of dates unknown', () => {
    expect(formatMoment(9e18, now)).toBe('at an unknown time');
    expect(formatDay(9e18, now)).toBe('At an unknown time');
  });

  test('formats any number', () => {
    fc.assert(
      fc.property(fc.double(), (time) => {
        expect(formatMoment(time, now)).toContain('at ');
        expect(formatDay(time, now)).not.toBe('');
      }),
    );
  });
});

describe('formatDay', () => {
  test.each([
    [at(21, 0, 0), /^Today$/],
    [at(20, 23, 59), /^Yesterday$/],
    [at(19, 12, 0), /^Thursday,? 19 November 2026$/],
  ])('formats %d as %s', (time, day) => {
    expect(formatDay(time, now)).toMatch(day);
  });

  test('starts a new day at local midnight only', () => {
    expect(isSameDay(new Date(at(20, 23, 59)), new Date(at(21, 0, 0)))).toBe(false);
    expect(isSameDay(new Date(at(21, 0, 0)), new Date(at(21, 23, 59)))).toBe(true);
  });
});
