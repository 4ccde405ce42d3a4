import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isInt8, parseJson, toInt8, toJson } from '../src/index.ts';

const int8 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);

describe('toInt8', () => {
  test('keeps every value and the order of any two', () => {
    fc.assert(
      fc.property(int8, fc.oneof(int8, fc.bigInt(-9n, 9n)), (value, distance) => {
        const other = BigInt.asIntN(64, value + distance);
        const [a, b] = [toInt8(String(value)), toInt8(String(other))];
        expect(BigInt(a)).toBe(value);
        expect(a < b).toBe(value < other);
      }),
    );
  });
});

describe('isInt8', () => {
  test.each([
    ['9223372036854775807', true],
    ['9223372036854775808', false],
    ['-9223372036854775808', true],
    ['-9223372036854775809', false],
  ])('of %s is %s', (digits, expected) => expect(isInt8(digits)).toBe(expected));
});

describe('parseJson', () => {
  test('returns what JSON.parse returns when every whole number is exact', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[\d"\\.e-]{0,40}$/));
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom(null, true, 0.12345678901234568, 1.5e300, -1e-300, 123456789012345),
        text,
        fc.array(tie('any')),
        fc.dictionary(text, tie('any')),
      ),
    })).any;
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 2), (any, indent) => {
        const json = JSON.stringify(any, undefined, indent);
        expect(parseJson(json)).toEqual(JSON.parse(json));
      }),
    );
  });

  test('returns long whole numbers as their digits, and leaves texts alone', () => {
    expect(parseJson('{"a":[9007199254740993,-1234567890123456],"b":"9007199254740993"}')).toEqual({
      a: ['9007199254740993', '-1234567890123456'],
      b: '9007199254740993',
    });
  });

  test.each(['{"a":9007199254740993', '"1234567890123456\\', '12345678901234567-', ''])(
    'rejects %j like JSON.parse',
    (text) => expect(() => parseJson(text)).toThrow(SyntaxError),
  );

  test('reads a hostile text once', () => {
    const text = `1234567890123456 "${'\\"'.repeat(200_000)}`;
    const start = performance.now();
    expect(() => parseJson(text)).toThrow(SyntaxError);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

test('toJson: formats a bigint as a number of all its digits', () => {
  expect(toJson({ a: [2n ** 63n - 1n, 1], b: 'x' })).toBe('{"a":[9223372036854775807,1],"b":"x"}');
});
