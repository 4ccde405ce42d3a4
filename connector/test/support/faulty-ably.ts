import { once } from 'node:events';
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy before a broker that makes a share of the publishes fail, in every way they can. */
export interface FaultyAbly extends AsyncDisposable {
  readonly port: number;
  readonly requests: number;
  readonly faults: number;
}

/** `before`: the broker never receives the publish. `after`: it does, and the answer is lost. */
const FAULTS = ['fail before', 'limit', 'reset before', 'fail after', 'reset after'] as const;

/**
 * @param target port of the broker
 * @param share of the publishes that fail, 0 to 1
 */
export async function startFaultyAbly(target: number, share: number): Promise<FaultyAbly> {
  let requests = 0;
  let faults = 0;

  async function onRequest(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    requests += 1;
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    // Spread evenly, not at random, so that any number of requests has this share.
    const isFault = Math.floor(requests * share) > Math.floor((requests - 1) * share);
    const fault = isFault ? FAULTS[faults % FAULTS.length] : undefined;
    if (isFault) faults += 1;
    if (fault === 'fail before') return answer(outgoing, 500);
    if (fault === 'limit') return answer(outgoing, 429);
    if (fault === 'reset before') return void incoming.socket.destroy();
    const { status, type, body } = await forward(incoming, Buffer.concat(chunks), target);
    if (fault === 'fail after') return answer(outgoing, 503);
    if (fault === 'reset after') return void incoming.socket.destroy();
    outgoing.writeHead(status, { 'content-type': type }).end(body);
  }

  const server = createServer((incoming, outgoing) => {
    // A killed client has closed its connection.
    onRequest(incoming, outgoing).catch(() => incoming.socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get requests() {
      return requests;
    },
    get faults() {
      return faults;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await Promise.resolve();
    },
  };
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({ error: { statusCode: status, code: status * 100, message: 'failed by the test' } }),
  );
}

async function forward(incoming: IncomingMessage, body: Buffer, port: number) {
  const { method, url: path, headers } = incoming;
  const outgoing = send({ host: '127.0.0.1', port, method, path, headers });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 500,
    type: response.headers['content-type'] ?? 'application/json',
    body: Buffer.concat(chunks),
  };
}
