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
  /** Settles when the function has loaded and asks for its first event. */
  readonly ready: Promise<'loaded'>;
  /** Gives the event to the process once it asks, and waits for its answer: for ever, should the process die. */
  hand(invocation: Invocation): Promise<Outcome>;
  close(): Promise<void>;
}

export async function openRuntimeApi(): Promise<RuntimeApi> {
  const ready = Promise.withResolvers<'loaded'>();
  let asked = Promise.withResolvers<(invocation: Invocation | undefined) => void>();
  let answered: { id: string; settle(outcome: Outcome): void } | undefined;
  let initError: string | undefined;

  const answer = (id: string, outcome: Outcome) => {
    if (answered?.id !== id) return new Response(null, { status: 400 }); // to a question of the past
    answered.settle(outcome);
    return new Response(null, { status: 202 });
  };

  const app = new Hono()
    .basePath('/2018-06-01/runtime')
    .get('/invocation/next', async () => {
      ready.resolve('loaded');
      const next = await new Promise<Invocation | undefined>((resolve) => asked.resolve(resolve));
      return next ? eventResponse(next) : new Response(null, { status: 410 });
    })
    .post('/invocation/:id/response', async (c) =>
      answer(c.req.param('id'), { ok: true, payload: await c.req.text() }),
    )
    .post('/invocation/:id/error', async (c) =>
      answer(c.req.param('id'), { ok: false, payload: await c.req.text() }),
    )
    .post('/init/error', async (c) => {
      initError = await c.req.text();
      return new Response(null, { status: 202 });
    });

  const server = await listen(app);
  return {
    address: `127.0.0.1:${server.port}`,
    ready: ready.promise,
    get initError() {
      return initError;
    },
    async hand(invocation) {
      const outcome = new Promise<Outcome>((settle) => (answered = { id: invocation.id, settle }));
      const give = await asked.promise;
      asked = Promise.withResolvers();
      give(invocation);
      return outcome;
    },
    close: () => server.close(),
  };
}

function eventResponse({ id, functionArn, payload, timeoutMs }: Invocation): Response {
  return new Response(payload, {
    headers: {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': id,
      'lambda-runtime-deadline-ms': String(Date.now() + timeoutMs),
      'lambda-runtime-invoked-function-arn': functionArn,
    },
  });
}
