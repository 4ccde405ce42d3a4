import { expect, test } from 'vitest';
import { nextStop, toLife, within } from '~/store/past/life';

const life = { from: 0, to: 200_000, edits: [1_500, 1_800, 100_000] };

test('the life of an empty chat is undefined', () => {
  expect(toLife({ from: null, to: 5, edits: [] })).toBeUndefined();
});

test('a life is one of dates, also when a program wrote other times', () => {
  const farBack = -9_000_000_000_000_000_000n;
  expect(toLife({ from: farBack, to: 50, edits: [farBack, 40, 60] })).toEqual({
    from: -8_640_000_000_000_000,
    to: 50,
    edits: [40],
  });
  // The only message has a time in the future.
  expect(toLife({ from: 90, to: 50, edits: [] })).toEqual({ from: 50, to: 50, edits: [] });
});

test('an arrow key leads to just before and just after an edit, else a 200th further', () => {
  expect(nextStop(life, 0, 1)).toBe(1_000);
  expect(nextStop(life, 1_000, 1)).toBe(1_499);
  expect(nextStop(life, 1_499, 1)).toBe(1_500);
  expect(nextStop(life, 1_500, 1)).toBe(1_799);
  expect(nextStop(life, 1_800, 1)).toBe(2_800);
  expect(nextStop(life, 2_500, -1)).toBe(1_800);
  expect(nextStop(life, 1_800, -1)).toBe(1_799);
});

test('the slider ends at both ends of the life, also one of no length', () => {
  expect(nextStop(life, 199_900, 1)).toBe(200_000);
  expect(nextStop(life, 200_000, 1)).toBe(200_000);
  expect(nextStop(life, 200, -1)).toBe(0);
  expect(nextStop({ from: 7, to: 7, edits: [] }, 7, -1)).toBe(7);
  expect(within(life, 300_000)).toBe(200_000);
});

test('every arrow key moves, however short the life', () => {
  const short = { from: 0, to: 10, edits: [] };
  expect(nextStop(short, 5, 1)).toBeGreaterThan(5);
  expect(nextStop(short, 5, -1)).toBeLessThan(5);
});
