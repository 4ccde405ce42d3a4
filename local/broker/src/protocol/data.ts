import { Code, WireError } from '../errors.ts';
import type { Format } from './codec.ts';

/**
 * A payload as it is stored: text, bytes or nothing. `encoding` lists the steps that readers must undo; they are opaque
 * here, except for a trailing base64, which only exists because JSON cannot carry bytes.
 */
export interface Payload {
  data?: string | Buffer | undefined;
  encoding?: string | undefined;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * From a client's `data` and `encoding` to the stored form.
 * @throws WireError 40013 for data that is neither text, bytes nor JSON, or for broken base64
 */
export function toPayload(data: unknown, encoding: string | undefined): Payload {
  if (data === undefined || data === null) return { encoding };
  if (data instanceof Uint8Array) return { data: Buffer.from(data), encoding };
  if (typeof data === 'object') return { data: toJsonText(data), encoding: appendStep(encoding, 'json') };
  if (typeof data !== 'string') {
    throw new WireError(
      Code.badData,
      `Message data must be text, binary, an object or an array, not a ${typeof data}`,
    );
  }
  const steps = encoding?.split('/') ?? [];
  if (steps.at(-1) !== 'base64') return { data, encoding };
  if (!BASE64.test(data))
    throw new WireError(Code.badData, 'Message data is marked base64 but is not base64');
  return { data: Buffer.from(data, 'base64'), encoding: steps.slice(0, -1).join('/') || undefined };
}

/** From the stored form to what a reader of this format understands. */
export function fromPayload({ data, encoding }: Payload, format: Format): Payload {
  if (!Buffer.isBuffer(data) || format === 'msgpack') return { data, encoding };
  return { data: data.toString('base64'), encoding: appendStep(encoding, 'base64') };
}

/** Bytes that count towards the size limit. */
export function payloadSize({ data }: Payload): number {
  return data === undefined ? 0 : Buffer.byteLength(data);
}

function appendStep(encoding: string | undefined, step: string): string {
  return encoding ? `${encoding}/${step}` : step;
}

function toJsonText(data: object): string {
  try {
    return JSON.stringify(data);
  } catch (error) {
    throw new WireError(Code.badData, 'Message data cannot be written as JSON', { cause: error });
  }
}
