import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { Outcome } from './types.ts';

/** A function's structured response to an HTTP event; any other result becomes the body itself. */
const HttpResultSchema = v.object({
  statusCode: v.number(),
  headers: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])), {}),
  body: v.optional(v.string()),
  isBase64Encoded: v.optional(v.boolean(), false),
  cookies: v.optional(v.array(v.string()), []),
});

/**
 * Returns the event of a function URL, payload format 2.0.
 * @param path the rest after the function's own address, beginning with `/`
 */
export async function toHttpEvent(request: Request, path: string, sourceIp: string): Promise<unknown> {
  const url = new URL(request.url);
  const headers = Object.fromEntries(request.headers);
  const { cookie, ...others } = headers;
  const body = Buffer.from(await request.arrayBuffer());
  const isText = /^(text\/|application\/(json|xml|javascript))/.test(headers['content-type'] ?? '');
  const now = new Date();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: url.search.slice(1),
    ...(cookie && { cookies: cookie.split(/; */) }),
    headers: others,
    ...(url.search && { queryStringParameters: joinRepeated(url.searchParams) }),
    requestContext: {
      accountId: 'anonymous',
      apiId: 'local',
      domainName: url.hostname,
      domainPrefix: 'local',
      http: {
        method: request.method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: isText ? body.toString() : body.toString('base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** Joins repeated names with commas, like AWS. */
function joinRepeated(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name).join(',')]));
}

/** Returns the function's result as HTTP. Like AWS, it answers any failure with the same 502. */
export function toHttpResponse(outcome: Outcome): Response {
  if (!outcome.ok) return Response.json({ message: 'Internal Server Error' }, { status: 502 });
  const result = v.safeParse(HttpResultSchema, JSON.parse(outcome.payload));
  if (!result.success) {
    return new Response(outcome.payload, { headers: { 'content-type': 'application/json' } });
  }
  const { statusCode, headers, body, isBase64Encoded, cookies } = result.output;
  const reply = new Headers(
    Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
  );
  if (!reply.has('content-type')) reply.set('content-type', 'application/json');
  for (const cookie of cookies) reply.append('set-cookie', cookie);
  const bytes =
    body === undefined || body === '' ? null : isBase64Encoded ? Buffer.from(body, 'base64') : body;
  return new Response(bytes, { status: statusCode, headers: reply });
}
