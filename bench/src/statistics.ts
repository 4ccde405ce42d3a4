/**
 * The value below which a share of the values lies (0.5 is the median).
 * @throws RangeError when there is none
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)];
  if (found === undefined) throw new RangeError('There is no quantile of no values');
  return found;
}

export const median = (values: readonly number[]) => quantile(values, 0.5);
