import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as v from 'valibot';

/** A stand-in for Ably's REST publish: records messages in order, and misbehaves on request. */
export interface StubAbly extends AsyncDisposable {
  readonly port: number;
  /** Accepted messages. */
  readonly accepted: readonly Received[];
  /** Number of publishes, accepted or not. */
  readonly requests: number;
  /** Decides what the server does with each later publish. */
  behave(behaviour: Behaviour): void;
  /** Accepts later publishes, but answers them only once the returned function is called. */
  delayAnswers(): () => void;
  close(): Promise<void>;
}

export interface Received {
  readonly channel: string;
  readonly id: string;
  readonly name: string;
  readonly data?: string | undefined;
  readonly extras?: unknown;
}

/**
 * A number is the status to answer, `limited` a rejection with this code. `hang` never answers;
 * `accept-and-hang` accepts the messages but never answers; `not-ably` answers 400 as an intermediary
 * would.
 */
export type Behaviour = (
  channel: string,
  messages: readonly { data?: string | undefined }[],
) => 'accept' | 'hang' | 'accept-and-hang' | 'not-ably' | number | { limited: number };

const Messages = v.array(
  v.object({
    id: v.string(),
    name: v.string(),
    data: v.optional(v.string()),
    extras: v.optional(v.unknown()),
    encoding: v.optional(v.never()),
  }),
);

export async function startStubAbly(): Promise<StubAbly> {
  const accepted: Received[] = [];
  let requests = 0;
  let behaviour: Behaviour = () => 'accept';
  let released: Promise<void> = Promise.resolve();

  async function onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, encodedChannel] = /^\/channels\/([^/]+)\/messages/.exec(request.url ?? '') ?? [];
    if (encodedChannel === undefined || request.method !== 'POST') return void answer(response, 404);
    const channel = decodeURIComponent(encodedChannel);
    const messages = v.parse(Messages, JSON.parse(await readBody(request)));
    requests += 1;
    const reaction = behaviour(channel, messages);
    if (typeof reaction === 'number') return answer(response, reaction);
    if (typeof reaction === 'object') return answer(response, 429, reaction.limited);
    if (reaction === 'not-ably')
      return void response.writeHead(400, { 'content-type': 'text/html' }).end('<h1>Bad</h1>');
    if (reaction !== 'hang') accepted.push(...messages.map((message) => ({ channel, ...message })));
    await released;
    if (reaction === 'accept') answer(response, 201);
  }

  const server = createServer((request, response) => {
    onRequest(request, response).catch((error: unknown) => response.writeHead(400).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    port: (server.address() as AddressInfo).port,
    accepted,
    get requests() {
      return requests;
    },
    behave: (next) => (behaviour = next),
    delayAnswers() {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      released = promise.then(() => undefined);
      return () => resolve(undefined);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function answer(response: ServerResponse, status: number, code = status * 100): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  const error = { statusCode: status, code, message: 'rejected by the test' };
  response.end(JSON.stringify(status < 300 ? { serials: [] } : { error }));
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  return body;
}
