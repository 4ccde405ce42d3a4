import { Decoder, Encoder, ExtensionCodec } from '@msgpack/msgpack';
import { ensureHoldsWhatItAnnounces } from './msgpack.ts';

export type Format = 'json' | 'msgpack';

const extensionCodec = new ExtensionCodec();
// Some encoders write `undefined` as extension 0.
extensionCodec.register({ type: 0, encode: () => null, decode: () => undefined });
const encoder = new Encoder({ ignoreUndefined: true, extensionCodec });
const decoder = new Decoder({ extensionCodec });

/** Bytes of a value. Keys whose value is undefined are left out in both formats: clients test for absence. */
export function encode(value: unknown, format: Format): Buffer {
  if (format === 'json') return Buffer.from(JSON.stringify(value));
  const bytes = encoder.encode(value);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** @throws whatever the parser throws for bytes that are not of this format, or too many */
export function decode(bytes: Buffer, format: Format): unknown {
  if (format === 'json') return JSON.parse(bytes.toString('utf8'));
  ensureHoldsWhatItAnnounces(bytes);
  return decoder.decode(bytes);
}
