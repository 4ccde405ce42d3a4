import { Decoder, Encoder, ExtensionCodec } from '@msgpack/msgpack';
import { ensureComplete } from './msgpack.ts';

export type Format = 'json' | 'msgpack';

const extensionCodec = new ExtensionCodec();
// Some encoders write `undefined` as extension 0.
extensionCodec.register({ type: 0, encode: () => null, decode: () => undefined });
const encoder = new Encoder({ ignoreUndefined: true, extensionCodec });
const decoder = new Decoder({ extensionCodec });

/** Omits keys whose value is undefined, in both formats: clients test for absence. */
export function encode(value: unknown, format: Format): Buffer {
  if (format === 'json') return Buffer.from(JSON.stringify(value));
  const bytes = encoder.encode(value);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** @throws the parser's error for bytes that are not of this format */
export function decode(bytes: Buffer, format: Format): unknown {
  if (format === 'json') return JSON.parse(bytes.toString('utf8'));
  ensureComplete(bytes);
  return decoder.decode(bytes);
}
