import * as v from 'valibot';

/**
 * A `bigint` of PostgreSQL: a number where that is exact, else a bigint. `<` and `>` compare the two
 * exactly; for arithmetic and display, use `Number(…)`.
 */
export type Int8 = number | bigint;

/** @param digits a whole decimal number */
export function toInt8(digits: string): Int8 {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : BigInt(digits);
}

/** Digits are accepted as text, too: `parseJson` returns those that a number cannot represent. */
export const Int8Schema = v.pipe(
  v.custom<Int8 | string>(
    (value) =>
      typeof value === 'bigint' ||
      (typeof value === 'number' && !Number.isNaN(value)) ||
      (typeof value === 'string' && /^-?\d{1,19}$/.test(value)),
    'must be a whole number',
  ),
  v.transform((value): Int8 => (typeof value === 'string' ? toInt8(value) : value)),
);

/** Whether a whole decimal number is a `bigint`: PostgreSQL would reject a larger one. */
export function isInt8(digits: string): boolean {
  const value = BigInt(digits);
  return BigInt.asIntN(64, value) === value;
}

/** Each text or number of a JSON text. An unfinished text ends with it: no input is read twice. */
const TOKENS = /"(?:[^"\\]|\\[^]?)*"?|-?\d[\d.eE+-]*/g;

/**
 * Parses JSON like `JSON.parse`, except that whole numbers of 16 digits and more become texts: as
 * numbers, most would be rounded.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  const isLong = (token: string) => /^-?\d{16,}$/.test(token);
  const exact = /\d{16}/.test(text)
    ? text.replace(TOKENS, (token) => (isLong(token) ? `"${token}"` : token))
    : text;
  return JSON.parse(exact);
}

/** Formats JSON like `JSON.stringify`, with each bigint as a number of all its digits. */
export function toJson(value: unknown): string {
  // In Node since 21, but TypeScript does not know it yet.
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'bigint' ? rawJSON(String(part)) : part,
  );
}
