import { Code, WireError } from '../errors.ts';

const KNOWN = new Set(['headers', 'ref', 'push', 'ephemeral', 'ai', 'privileged', 'delta']);
const MAX_DEPTH = 20;

/**
 * Bytes that extras count towards the size limit.
 * @throws WireError 40032 for unknown parts, or for nesting so deep that it could not be encoded again
 */
export function extrasSize(extras: Record<string, unknown> | undefined): number {
  if (extras === undefined) return 0;
  const unknown = Object.keys(extras).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) throw new WireError(Code.badExtras, `Unknown field "${unknown}" in extras`);
  if (isDeeperThan(extras, MAX_DEPTH)) throw new WireError(Code.badExtras, 'extras are nested too deeply');
  return Buffer.byteLength(JSON.stringify(extras));
}

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeperThan(inner, depth - 1));
}
