/** Bytes after the head of a fixed-size value: floats, integers, and extensions with their type. */
const FIXED_SIZE: Partial<Record<number, number>> = {
  ...{ 0xca: 4, 0xcb: 8, 0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8, 0xd0: 1, 0xd1: 2, 0xd2: 4, 0xd3: 8 },
  ...{ 0xd4: 2, 0xd5: 3, 0xd6: 5, 0xd7: 9, 0xd8: 17 },
};

interface Counted {
  /** Bytes of the count. */
  width: 1 | 2 | 4;
  of: 'bytes' | 'items' | 'pairs';
  /** Further bytes: the type of an extension. */
  extra?: number;
}

/** Heads followed by a count: binary, extensions, text, arrays and maps. */
const COUNTED: Partial<Record<number, Counted>> = {
  0xc4: { width: 1, of: 'bytes' },
  0xc5: { width: 2, of: 'bytes' },
  0xc6: { width: 4, of: 'bytes' },
  0xc7: { width: 1, of: 'bytes', extra: 1 },
  0xc8: { width: 2, of: 'bytes', extra: 1 },
  0xc9: { width: 4, of: 'bytes', extra: 1 },
  0xd9: { width: 1, of: 'bytes' },
  0xda: { width: 2, of: 'bytes' },
  0xdb: { width: 4, of: 'bytes' },
  0xdc: { width: 2, of: 'items' },
  0xdd: { width: 4, of: 'items' },
  0xde: { width: 2, of: 'pairs' },
  0xdf: { width: 4, of: 'pairs' },
};

/**
 * Rejects msgpack whose counts exceed its bytes. Decoders allocate arrays by the announced count
 * before they read the items, so half a megabyte of nested heads would allocate gigabytes. Each
 * item needs at least one byte.
 * @throws RangeError
 */
export function ensureComplete(bytes: Buffer): void {
  let at = 0;
  for (let items = 1; items > 0; items -= 1) {
    if (items > bytes.length - at) throw new RangeError('The msgpack announces more items than it contains');
    const head = bytes[at] ?? 0;
    at += 1;
    if (head >= 0x80 && head < 0x90) items += 2 * (head & 0x0f);
    else if (head >= 0x90 && head < 0xa0) items += head & 0x0f;
    else if (head >= 0xa0 && head < 0xc0) at += head & 0x1f;
    else at += FIXED_SIZE[head] ?? 0;
    const counted = COUNTED[head];
    if (!counted) continue;
    const count = bytes.readUIntBE(at, counted.width);
    at += counted.width + (counted.extra ?? 0);
    if (counted.of === 'bytes') at += count;
    else items += counted.of === 'pairs' ? 2 * count : count;
  }
}
