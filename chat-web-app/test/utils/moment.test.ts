import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMoments, formatDay, formatMoment, isSameDay, language } from '~/utils/moment';

const at = (day: number, hours: number, minutes: number) => new Date(2026, 10, day, hours, minutes).getTime();
const now = at(21, 23, 59);

/** Some languages put narrow or unbreakable spaces before "pm". */
const plain = (text: string) => text.replace(/\s/g, ' ');

describe('formatMoment', () => {
  test.each([
    ['en-GB', at(21, 0, 5), 'at 00:05'],
    ['en-GB', at(21, 15, 7), 'at 15:07'],
    ['en-US', at(21, 0, 5), 'at 12:05 AM'],
    ['en-US', at(21, 9, 30), 'at 9:30 AM'],
    ['en-US', at(21, 12, 0), 'at 12:00 PM'],
    ['en-US', at(21, 15, 7), 'at 3:07 PM'],
    ['en-AU', at(21, 15, 7), 'at 3:07 pm'],
    ['de', at(21, 15, 7), 'at 15:07'],
    ['en-GB', at(20, 23, 59), 'on 20/11 at 23:59'],
    ['en-US', at(20, 23, 59), 'on 11/20 at 11:59 PM'],
    ['de', at(20, 23, 59), 'on 20.11. at 23:59'],
  ])('in %s formats %d as "%s"', (locale, time, line) => {
    expect(plain(createMoments(locale).formatMoment(time, now))).toBe(line);
  });

  test.each([
    ['en-GB', 'on 21/11/2025 at 08:00'],
    ['en-US', 'on 11/21/2025 at 8:00 AM'],
    ['de', 'on 21.11.2025 at 08:00'],
  ])('in %s has the year for another year than this one: %s', (locale, line) => {
    const { formatMoment: format } = createMoments(locale);
    expect(plain(format(new Date(2025, 10, 21, 8, 0).getTime(), now))).toBe(line);
    expect(plain(format(now, new Date(2027, 0, 1).getTime()))).toContain('2026');
  });

  test('calls a time beyond the range of dates unknown', () => {
    expect(formatMoment(9e18, now)).toBe('at an unknown time');
    expect(formatDay(9e18, now)).toBe('At an unknown time');
  });

  test('formats any number in any language', () => {
    const locale = fc.constantFrom(undefined, 'en-GB', 'ar', 'fa', 'ja', 'de-CH', 'th');
    fc.assert(
      fc.property(locale, fc.double(), (some, time) => {
        const moments = createMoments(some);
        expect(moments.formatMoment(time, now)).toContain('at ');
        expect(moments.formatDay(time, now)).not.toBe('');
      }),
    );
  });

  test('follows the language of the browser', () => {
    expect(language).toBe(new Intl.DateTimeFormat().resolvedOptions().locale);
  });
});

describe('formatDay', () => {
  test.each([
    ['en-GB', at(21, 0, 0), /^Today$/],
    ['en-GB', at(20, 23, 59), /^Yesterday$/],
    ['en-GB', at(19, 12, 0), /^Thursday,? 19 November 2026$/],
    ['de', at(21, 0, 0), /^Heute$/],
    ['de', at(20, 23, 59), /^Gestern$/],
    ['de', at(19, 12, 0), /^Donnerstag, 19. November 2026$/],
    ['fr', at(19, 12, 0), /^Jeudi 19 novembre 2026$/],
    ['ja', at(19, 12, 0), /^2026年11月19日/],
  ])('in %s formats %d as %s', (locale, time, day) => {
    expect(createMoments(locale).formatDay(time, now)).toMatch(day);
  });

  test('starts a new day at local midnight only', () => {
    expect(isSameDay(new Date(at(20, 23, 59)), new Date(at(21, 0, 0)))).toBe(false);
    expect(isSameDay(new Date(at(21, 0, 0)), new Date(at(21, 23, 59)))).toBe(true);
  });
});
