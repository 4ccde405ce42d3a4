/** Which items of a long list are rendered: `from` up to, not including, `to`. */
export interface Range {
  from: number;
  to: number;
}

/** Items rendered on either side of the reader: about 3,000 px, more than one fast scroll. */
export const OVERSCAN = 40;

/** The same until the first messages are painted: a large screen of them. */
export const FIRST_OVERSCAN = 20;

/** px. The assumed height of an item that was never rendered. */
export const ESTIMATE = 76;

export function rangeAround(index: number, count: number, overscan: number = OVERSCAN): Range {
  const middle = Math.min(Math.max(index, 0), Math.max(count - 1, 0));
  return { from: Math.max(middle - overscan, 0), to: Math.min(middle + overscan + 1, count) };
}

/** Whether the reader is so close to an end of the range that it must move with them. */
export function needsShift(index: number, { from, to }: Range, count: number): boolean {
  const margin = OVERSCAN / 2;
  return (index - from < margin && from > 0) || (to - index <= margin && to < count);
}

/** The total height of the items `from` … `to`, px. */
export function heightOf(heightAt: (index: number) => number, from: number, to: number): number {
  let height = 0;
  for (let index = from; index < to; index += 1) height += heightAt(index);
  return height;
}

/** The item at a distance from the start of the list, and where that item begins, px. */
export function itemAt(
  heightAt: (index: number) => number,
  count: number,
  distance: number,
): { index: number; top: number } {
  let top = 0;
  for (let index = 0; index < count - 1; index += 1) {
    const height = heightAt(index);
    if (top + height > distance) return { index, top };
    top += height;
  }
  return { index: Math.max(count - 1, 0), top };
}
