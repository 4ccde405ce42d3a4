import { encode } from '@msgpack/msgpack';
import { describe, expect, test } from 'vitest';
import { decode } from '../src/protocol/codec.ts';
import { ensureComplete } from '../src/protocol/msgpack.ts';
import { Action } from '../src/protocol/actions.ts';

/** Content consists of 0xdd bytes where possible: read as a head by mistake, it fails the check. */
const VALUES: unknown[] = [
  null,
  true,
  ...[0, 127, 0xdd, 0xdddd, 0xdddddddd, 0xdddddddddd, -1, -35, -8_739, -572_662_307, -(2 ** 40), 1.1],
  ...[0, 15, 16, 150, 35_000].map((length) => 'ݝ'.repeat(length)),
  ...[0, 300, 70_000].map((length) => new Uint8Array(length).fill(0xdd)),
  ...[0, 15, 16, 70_000].map((length) => Array.from({ length }, (_, n) => n)),
  ...[1, 16, 70_000].map((size) =>
    Object.fromEntries(Array.from({ length: size }, (_, n) => [`k${n}`, [n]])),
  ),
  {
    action: Action.MESSAGE,
    channel: '',
    messages: [{ data: new Uint8Array([1]), extras: { headers: { a: null } } }],
  },
];

describe('the completeness check of msgpack', () => {
  test('accepts every kind of complete value and rejects it when truncated', () => {
    for (const value of VALUES) {
      const bytes = Buffer.from(encode([value, 1]));
      ensureComplete(bytes);
      expect(Buffer.from(encode(decode(bytes, 'msgpack')))).toEqual(bytes);
      if (bytes.length > 1) expect(() => decode(bytes.subarray(0, -1), 'msgpack')).toThrow(RangeError);
    }
  });

  test('rejects false counts before the decoder allocates memory', () => {
    const nested = Buffer.alloc(510_000, Buffer.from([0xdc, 0x03, 0xe8]));
    const before = process.memoryUsage().heapUsed;
    expect(() => decode(nested, 'msgpack')).toThrow('announces more items than it contains');
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50_000_000);
  });

  test.for([
    ['a 32-bit float', 'cadddddddd', expect.any(Number)],
    ['an extension of undefined', 'd40000', undefined],
    ['a timestamp', 'd6ffdddddddd', new Date(0xdddddddd * 1_000)],
    ['a 16-byte extension', `d805${'dd'.repeat(16)}`, expect.anything()],
    ['an extension with a length', `c70305${'dd'.repeat(3)}`, expect.anything()],
  ] as const)('accepts %s', ([, hex, expected]) => {
    expect(decode(Buffer.from(`92${hex}01`, 'hex'), 'msgpack')).toEqual([expected, 1]);
  });
});
