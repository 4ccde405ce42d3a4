import type { InboundMessage } from 'ably';

/**
 * Returns a message as it stands in a rule's envelope. The library decodes data; the envelope
 * contains it as it is on the wire, with the steps that the library could not undo.
 */
export function toEnvelopedMessage(message: InboundMessage): object {
  const { id, name, clientId, connectionId, timestamp, data, encoding, extras } = message;
  const encoded = encode(data as unknown);
  const steps = [encoding, encoded.encoding].filter((step) => step !== undefined && step !== null);
  return {
    ...{ id, name, clientId, connectionId, timestamp, extras },
    ...encoded,
    ...(steps.length > 0 && { encoding: steps.join('/') }),
  };
}

function encode(data: unknown): { data?: unknown; encoding?: string } {
  if (data === undefined || data === null) return {};
  if (typeof data === 'string') return { data };
  if (data instanceof Uint8Array) return { data: Buffer.from(data).toString('base64'), encoding: 'base64' };
  return { data: JSON.stringify(data), encoding: 'json' };
}
