import { Hono } from 'hono';
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { listen } from '../http-server.ts';
import type { Outcome } from './types.ts';

export interface Invocation {
  id: string;
  functionArn: string;
  /** JSON text. */
  payload: string;
  /** Time limit of the function, from the moment it receives the event. */
  timeoutMs: number;
}

/**
 * AWS's Runtime API, through which one function process receives events and reports results. Only
 * that process knows the path below which it answers: otherwise any program on this machine could
 * take the next event, read the secrets in it, and answer in the place of the process.
 */
export interface RuntimeApi {
  /** `host:port/path`, for `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** JSON text of the error with which the function failed to load. */
  readonly initError: string | undefined;
  /**
   * Sends an event to the process. The promises resolve when it has received and when it has
   * answered the event.
   */
  send(invocation: Invocation): { received: Promise<'received'>; answer: Promise<Outcome> };
  close(): Promise<void>;
}

/** @param onIdle called whenever the process polls for an event and there is none */
export async function openRuntimeApi(onIdle: () => void): Promise<RuntimeApi> {
  /** At most one of the two is set: the process waits for an event, or an event for the process. */
  let polling: ((invocation: Invocation) => void) | undefined;
  let waiting: { invocation: Invocation; onReceived(): void } | undefined;
  let running: { id: string; settle(outcome: Outcome): void } | undefined;
  let initError: string | undefined;

  const answer = (id: string, outcome: Outcome) => {
    if (running?.id !== id) return empty(400); // the answer to an earlier event
    running.settle(outcome);
    return empty(202);
  };

  async function next(): Promise<Response> {
    if (polling) return empty(409); // one process polls once at a time
    if (waiting) {
      const { invocation, onReceived } = waiting;
      waiting = undefined;
      onReceived();
      return eventResponse(invocation);
    }
    const invocation = new Promise<Invocation>((resolve) => (polling = resolve));
    onIdle();
    return eventResponse(await invocation);
  }

  const path = randomBytes(24).toString('base64url');
  const app = new Hono()
    .basePath('/:path/2018-06-01/runtime')
    .use(async (c, next) => (isSame(c.req.param('path'), path) ? next() : empty(403)))
    .get('/invocation/next', next)
    .post('/invocation/:id/response', async (c) =>
      answer(c.req.param('id'), { ok: true, payload: await c.req.text() }),
    )
    .post('/invocation/:id/error', async (c) =>
      answer(c.req.param('id'), { ok: false, payload: await c.req.text() }),
    )
    .post('/init/error', async (c) => {
      initError = await c.req.text();
      return empty(202);
    });

  const server = await listen(
    app.notFound(() => empty(403)),
    { origins: 'none' },
  );
  // The connection is silent while a handler works; Node's default of 5 s would close it.
  server.server.keepAliveTimeout = 0;
  return {
    address: `127.0.0.1:${server.port}/${path}`,
    get initError() {
      return initError;
    },
    send(invocation) {
      const received = Promise.withResolvers<'received'>();
      const done = new Promise<Outcome>((settle) => (running = { id: invocation.id, settle }));
      const onReceived = () => received.resolve('received');
      if (polling) {
        polling(invocation);
        polling = undefined;
        onReceived();
      } else {
        waiting = { invocation, onReceived };
      }
      return { received: received.promise, answer: done };
    },
    close: () => server.close(),
  };
}

/** Compares in constant time. */
function isSame(received: string, expected: string): boolean {
  const [a, b] = [Buffer.from(received), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The content length marks the end of a response: the connection stays open. */
const empty = (status: number) => new Response(null, { status, headers: { 'content-length': '0' } });

function eventResponse({ id, functionArn, payload, timeoutMs }: Invocation): Response {
  return new Response(payload, {
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(payload)),
      'lambda-runtime-aws-request-id': id,
      'lambda-runtime-deadline-ms': String(Date.now() + timeoutMs),
      'lambda-runtime-invoked-function-arn': functionArn,
    },
  });
}
