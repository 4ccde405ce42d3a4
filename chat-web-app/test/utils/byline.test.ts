import { describe, expect, test } from 'vitest';
import { formatByline } from '~/utils/byline';

const at = (day: number, hours: number, minutes: number) => new Date(2026, 10, day, hours, minutes).getTime();
const now = at(21, 23, 59);

describe('The line below a message', () => {
  test.each([
    [at(21, 0, 5), 'by Ann at 12:05 am'],
    [at(21, 9, 30), 'by Ann at 9:30 am'],
    [at(21, 12, 0), 'by Ann at 12:00 pm'],
    [at(21, 15, 7), 'by Ann at 3:07 pm'],
    [at(20, 23, 59), 'by Ann on 20/11 at 11:59 pm'],
    [new Date(2025, 10, 21, 8, 0).getTime(), 'by Ann on 21/11 at 8:00 am'],
  ])('of %d reads "%s"', (time, line) => {
    expect(formatByline('Ann', time, false, now)).toBe(line);
  });

  test('says that it was edited', () => {
    expect(formatByline('Ann', at(20, 15, 7), true, now)).toBe('by Ann on 20/11 at 3:07 pm • edited •');
  });
});
