import * as v from 'valibot';

/** The number of rows that a query asks for, from 1 to `most`, as text of an address. */
export function limitUpTo(most: number) {
  return v.pipe(
    v.string(),
    v.regex(/^\d{1,3}$/, 'must be a whole number'),
    v.transform(Number),
    v.minValue(1, 'must be at least 1'),
    v.maxValue(most, `must be at most ${most}`),
  );
}
