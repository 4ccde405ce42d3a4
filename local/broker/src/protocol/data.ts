import { Code, WireError } from '../errors.ts';
import type { Format } from './codec.ts';

/**
 * A payload as stored: text, bytes or nothing. `encoding` lists the steps that readers must undo.
 * The broker interprets only a trailing base64, which exists because JSON cannot carry bytes.
 */
export interface Payload {
  data?: string | Buffer | undefined;
  encoding?: string | undefined;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Converts a client's `data` and `encoding` to the stored form.
 * @throws WireError 40013 for data of another type, for broken base64, or for the step `vcdiff`
 */
export function toPayload(data: unknown, encoding: string | undefined): Payload {
  ensureNoDelta(encoding);
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
  if (!BASE64.test(data)) {
    throw new WireError(Code.badData, 'Message data has the encoding base64 but is not base64');
  }
  return { data: Buffer.from(data, 'base64'), encoding: steps.slice(0, -1).join('/') || undefined };
}

/**
 * A delta refers to a message that the publisher cannot know, and a reader without a decoder ends
 * its attachment. Matches the step as Ably's client does: by the first word of it.
 */
function ensureNoDelta(encoding: string | undefined): void {
  const isDelta = encoding?.split('/').some((step) => /[-\w]+/.exec(step)?.[0] === 'vcdiff');
  if (!isDelta) return;
  throw new WireError(Code.badData, 'Clients cannot publish deltas: remove "vcdiff" from the encoding');
}

/** Converts the stored form for readers of a format. */
export function fromPayload({ data, encoding }: Payload, format: Format): Payload {
  if (!Buffer.isBuffer(data) || format === 'msgpack') return { data, encoding };
  return { data: data.toString('base64'), encoding: appendStep(encoding, 'base64') };
}

/** Returns the bytes of data and encoding that count towards the size limit. */
export function payloadSize({ data, encoding }: Payload): number {
  return (data === undefined ? 0 : Buffer.byteLength(data)) + Buffer.byteLength(encoding ?? '');
}

function appendStep(encoding: string | undefined, step: string): string {
  return encoding ? `${encoding}/${step}` : step;
}

function toJsonText(data: object): string {
  try {
    return JSON.stringify(data);
  } catch (error) {
    throw new WireError(Code.badData, 'Message data cannot be encoded as JSON', { cause: error });
  }
}
