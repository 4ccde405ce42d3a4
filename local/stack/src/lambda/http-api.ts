import { getConnInfo } from '@hono/node-server/conninfo';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { randomUUID } from 'node:crypto';
import type { EventQueue } from './event-queue.ts';
import { toHttpEvent, toHttpResponse } from './function-url.ts';
import type { Pool } from './pool.ts';
import { functionArn, MAX_EVENT_BYTES, MAX_SYNC_BYTES } from './types.ts';

/**
 * Most waiting callers of a function URL. The host rejects further ones instead of delaying them
 * for minutes.
 */
const MAX_WAITING = 1_000;

/** Returns an error as AWS formats it: the type in a header, a sentence in the body. */
function reject(status: number, type: string, message: string, more: Record<string, string> = {}): Response {
  const headers = { 'x-amzn-errortype': type };
  return Response.json({ Type: 'User', Message: message, ...more }, { status, headers });
}

/**
 * AWS accepts a name, an ARN or a part of one, with or without a version; here each function has
 * one version.
 */
const nameOf = (nameOrArn: string) => nameOrArn.replace(/^.*\bfunction:/, '').replace(/:[^:]*$/, '');

/**
 * Serves AWS's Invoke API, `POST /2015-03-31/functions/{name}/invocations`, and function URLs,
 * `/url/{name}/…`. Unlike AWS it checks no signatures, so it must not be served to browsers: any web
 * page could write messages under another author's name through its reader's machine.
 */
export function createHttpApi(pools: ReadonlyMap<string, Pool>, queue: EventQueue): Hono {
  const app = new Hono();
  app.use(
    bodyLimit({
      maxSize: MAX_SYNC_BYTES,
      onError: () => reject(413, 'RequestTooLargeException', `At most ${MAX_SYNC_BYTES} bytes.`),
    }),
  );

  app.post('/2015-03-31/functions/:name/invocations', async (c) => {
    const name = nameOf(c.req.param('name'));
    const pool = pools.get(name);
    if (!pool) return notFound(name);
    const payload = (await c.req.text()) || '{}';
    if (!isJson(payload)) {
      return reject(400, 'InvalidRequestContentException', 'Could not parse the request body as JSON.');
    }
    return invoke(c, pool, payload);
  });

  async function invoke(c: Context, pool: Pool, payload: string): Promise<Response> {
    const type = c.req.header('x-amz-invocation-type') ?? 'RequestResponse';
    switch (type) {
      case 'DryRun':
        return new Response(null, { status: 204 });
      case 'Event': {
        if (Buffer.byteLength(payload) > MAX_EVENT_BYTES) {
          return reject(413, 'RequestTooLargeException', `At most ${MAX_EVENT_BYTES} bytes for an event.`);
        }
        const id = queue.accept(pool.definition.name, payload);
        return new Response(null, { status: 202, headers: { 'x-amzn-requestid': id } });
      }
      case 'RequestResponse': {
        if (pool.isFull) {
          const Reason = 'ReservedFunctionConcurrentInvocationLimitExceeded';
          return reject(429, 'TooManyRequestsException', 'Rate Exceeded.', { Reason });
        }
        const outcome = await pool.invoke(payload);
        const headers = new Headers({
          'content-type': 'application/json',
          'x-amz-executed-version': '$LATEST',
        });
        headers.set('x-amzn-requestid', randomUUID());
        if (!outcome.ok) headers.set('x-amz-function-error', 'Unhandled');
        return new Response(outcome.payload, { headers });
      }
      default:
        return reject(400, 'InvalidParameterValueException', `Unknown invocation type "${type}".`);
    }
  }

  app.all('/url/:name/*', urlHandler).all('/url/:name', urlHandler);
  async function urlHandler(c: Context): Promise<Response> {
    const name = c.req.param('name') ?? '';
    const pool = pools.get(name);
    if (!pool) return notFound(name);
    // AWS rejects a call as soon as no instance is free, but has a thousand instances instead of
    // ten.
    if (pool.waiting >= MAX_WAITING) return Response.json({ message: 'Too Many Requests' }, { status: 429 });
    const path = c.req.path.slice(`/url/${name}`.length) || '/';
    const event = await toHttpEvent(c.req.raw, path, getConnInfo(c).remote.address ?? '127.0.0.1');
    return toHttpResponse(await pool.invoke(JSON.stringify(event)));
  }

  return app;
}

const notFound = (name: string) =>
  reject(404, 'ResourceNotFoundException', `Function not found: ${functionArn(name)}`);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
