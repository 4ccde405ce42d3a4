/**
 * Returns the value below which the given share of the values lies; 0.5 is the median.
 * @throws RangeError when `values` is empty
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)];
  if (found === undefined) throw new RangeError('Cannot compute a quantile of an empty list');
  return found;
}

export const median = (values: readonly number[]) => quantile(values, 0.5);
