/** Which items of a long list are really there: `from` up to, not including, `to`. */
export interface Range {
  from: number;
  to: number;
}

/** Items kept on either side of the reader: some 3,000 px, more than a flick of the finger passes in one frame. */
export const OVERSCAN = 40;

/** px. What an item is taken to be high until it was seen. */
export const ESTIMATE = 76;

export function rangeAround(index: number, count: number): Range {
  const middle = Math.min(Math.max(index, 0), Math.max(count - 1, 0));
  return { from: Math.max(middle - OVERSCAN, 0), to: Math.min(middle + OVERSCAN + 1, count) };
}

/** Whether the reader is so close to an end of what is there that it should move along with them. */
export function needsShift(index: number, { from, to }: Range, count: number): boolean {
  const margin = OVERSCAN / 2;
  return (index - from < margin && from > 0) || (to - index <= margin && to < count);
}

/** px that the items `from` … `to` take. */
export function heightOf(heightAt: (index: number) => number, from: number, to: number): number {
  let height = 0;
  for (let index = from; index < to; index += 1) height += heightAt(index);
  return height;
}

/** The item at this distance from the start of the list, and where that item begins, px. */
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
