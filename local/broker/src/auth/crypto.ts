import { createHmac, timingSafeEqual } from 'node:crypto';

export function hmac(secret: string | Buffer, text: string): Buffer {
  return createHmac('sha256', secret).update(text).digest();
}

/** Compares secrets in constant time. */
export function sameSecret(a: Uint8Array | string, b: Uint8Array | string): boolean {
  const [left, right] = [Buffer.from(a as string), Buffer.from(b as string)];
  return left.length === right.length && timingSafeEqual(left, right);
}
