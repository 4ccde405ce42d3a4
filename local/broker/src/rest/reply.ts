import type { Context } from 'hono';
import { Code, toWireError, type WireError } from '../errors.ts';
import { encode, type Format } from '../protocol/codec.ts';

export interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Without a charset: clients only recognise an error body with exactly this content type. */
const CONTENT_TYPE = { json: 'application/json', msgpack: 'application/x-msgpack' } as const satisfies Record<
  Format,
  string
>;

/** Returns the format that the client requested, by default JSON. */
export function requestedFormat(c: Context): Format {
  const envelope = envelopeFormat(c);
  if (envelope) return envelope;
  return c.req.header('accept')?.includes('msgpack') ? 'msgpack' : 'json';
}

/** Browsers hide some headers and statuses, so clients request them inside the body of a 200. */
function envelopeFormat(c: Context): Format | undefined {
  const envelope = c.req.query('envelope');
  return envelope === 'json' || envelope === 'msgpack' ? envelope : undefined;
}

export function toResponse(c: Context, { status, body, headers = {} }: Reply): Response {
  const format = requestedFormat(c);
  const contentType = { 'content-type': CONTENT_TYPE[format] };
  if (envelopeFormat(c)) {
    const envelope = { statusCode: status, headers, response: body };
    return new Response(new Uint8Array(encode(envelope, format)), {
      status: 200,
      headers: { ...headers, ...contentType },
    });
  }
  if (body === undefined) return new Response(null, { status, headers });
  return new Response(new Uint8Array(encode(body, format)), {
    status,
    headers: { ...headers, ...contentType },
  });
}

export function errorReply(error: WireError): Reply {
  return {
    status: error.statusCode,
    body: { error: error.toWire() },
    headers: {
      'X-Ably-ErrorCode': String(error.code),
      // Only printable ASCII is valid in a header.
      'X-Ably-ErrorMessage': error.message.replace(/[^\x20-\x7e]/g, '?'),
    },
  };
}

/** Turns a thrown error into a REST reply. */
export function toErrorReply(error: unknown, onInternal: (error: unknown) => void): Reply {
  const wireError = toWireError(error);
  if (wireError.code === Code.internal) onInternal(error);
  return errorReply(wireError);
}
