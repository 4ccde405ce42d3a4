import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  heightOf,
  itemAt,
  needsShift,
  OVERSCAN,
  rangeAround,
} from '~/composables/message-window/window-range';

const positions = fc
  .integer({ min: 0, max: 12_000 })
  .chain((count) => fc.record({ count: fc.constant(count), index: fc.integer({ min: -5, max: count + 5 }) }));

describe('The rendered range', () => {
  test('is small, within the list, and contains the reader', () => {
    fc.assert(
      fc.property(positions, ({ count, index }) => {
        const { from, to } = rangeAround(index, count);
        expect(from).toBeGreaterThanOrEqual(0);
        expect(to).toBeLessThanOrEqual(count);
        expect(to - from).toBeLessThanOrEqual(2 * OVERSCAN + 1);
        if (index >= 0 && index < count) expect(index >= from && index < to).toBe(true);
      }),
    );
  });

  test('shifts before the reader reaches its end, and not at every step', () => {
    const range = rangeAround(500, 1_000);
    expect(needsShift(500, range, 1_000)).toBe(false);
    expect(needsShift(500 - OVERSCAN / 2, range, 1_000)).toBe(false);
    expect(needsShift(range.from + 5, range, 1_000)).toBe(true);
    expect(needsShift(range.to - 5, range, 1_000)).toBe(true);
    expect(needsShift(0, rangeAround(0, 1_000), 1_000)).toBe(false);
    expect(needsShift(999, rangeAround(999, 1_000), 1_000)).toBe(false);
  });

  test('is found from a distance, for any heights', () => {
    const heights = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(heights, fc.nat(), (sizes, seed) => {
        const heightAt = (index: number) => sizes[index] ?? 0;
        const distance = seed % heightOf(heightAt, 0, sizes.length);
        const { index, top } = itemAt(heightAt, sizes.length, distance);
        expect(top).toBe(heightOf(heightAt, 0, index));
        expect(distance).toBeGreaterThanOrEqual(top);
        expect(distance).toBeLessThan(top + heightAt(index));
      }),
    );
  });
});
