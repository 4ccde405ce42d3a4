import { Hono } from 'hono';
import { listen } from '../http-server.ts';
import type { Outcome } from './types.ts';

export interface Invocation {
  id: string;
  functionArn: string;
  /** JSON text. */
  payload: string;
  /** How long the function has, from the moment on that it gets the event. */
  timeoutMs: number;
}

/** What AWS calls the Runtime API: the only thing that a function's process knows of its host. One per process. */
export interface RuntimeApi {
  /** `host:port`, for `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** JSON text of the error that kept the function from loading. */
  readonly initError: string | undefined;
  /** Gives an event to the process: `taken` once it asks, `answer` when it is done. Neither, should it die before. */
  hand(invocation: Invocation): { taken: Promise<'taken'>; answer: Promise<Outcome> };
  close(): Promise<void>;
}

/** @param onIdle told whenever the process asks for an event and there is none */
export async function openRuntimeApi(onIdle: () => void): Promise<RuntimeApi> {
  /** Exactly one waits for the other: the process for an event, or an event for the process. */
  let asking: ((invocation: Invocation) => void) | undefined;
  let waiting: { invocation: Invocation; take(): void } | undefined;
  let running: { id: string; settle(outcome: Outcome): void } | undefined;
  let initError: string | undefined;

  const answer = (id: string, outcome: Outcome) => {
    if (running?.id !== id) return empty(400); // to a question of the past
    running.settle(outcome);
    return empty(202);
  };

  async function next(): Promise<Response> {
    if (waiting) {
      const { invocation, take } = waiting;
      waiting = undefined;
      take();
      return eventResponse(invocation);
    }
    const invocation = new Promise<Invocation>((resolve) => (asking = resolve));
    onIdle();
    return eventResponse(await invocation);
  }

  const app = new Hono()
    .basePath('/2018-06-01/runtime')
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

  const server = await listen(app);
  // While a handler works its connection is silent, as long as that takes; Node's five seconds would end it.
  server.server.keepAliveTimeout = 0;
  return {
    address: `127.0.0.1:${server.port}`,
    get initError() {
      return initError;
    },
    hand(invocation) {
      const taken = Promise.withResolvers<'taken'>();
      const done = new Promise<Outcome>((settle) => (running = { id: invocation.id, settle }));
      const take = () => taken.resolve('taken');
      if (asking) {
        asking(invocation);
        asking = undefined;
        take();
      } else {
        waiting = { invocation, take };
      }
      return { taken: taken.promise, answer: done };
    },
    close: () => server.close(),
  };
}

/** With their length, by which the process knows where they end: its connection stays open. */
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
