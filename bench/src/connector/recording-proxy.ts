import { once } from 'node:events';
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { now } from '../clock.ts';

/** A proxy before a broker that records what the broker accepts. */
export interface RecordingProxy {
  readonly port: number;
  /** Messages in accepted publishes. */
  readonly accepted: number;
  readonly rejectedPublishes: number;
  readonly publishes: number;
  /** When a text that begins with `live-` was first accepted, in ms of `now()`. */
  readonly acceptedAt: ReadonlyMap<string, number>;
  close(): void;
}

/** @param target port of the broker */
export async function startRecordingProxy(target: number): Promise<RecordingProxy> {
  const acceptedAt = new Map<string, number>();
  const counts = { accepted: 0, rejectedPublishes: 0, publishes: 0 };

  async function onRequest(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await readAll(incoming);
    const { method, url: path, headers } = incoming;
    const forwarded = send({ host: '127.0.0.1', port: target, method, path, headers });
    forwarded.end(body);
    const [response] = (await once(forwarded, 'response')) as [IncomingMessage];
    const answer = await readAll(response);
    const isAccepted = response.statusCode === 201;
    counts.publishes += 1;
    if (isAccepted) counts.accepted += body.toString('latin1').split('"id":').length - 1;
    else counts.rejectedPublishes += 1;
    if (isAccepted) {
      const at = now();
      for (const [text] of body.toString('latin1').matchAll(/live-\d+/g)) {
        if (!acceptedAt.has(text)) acceptedAt.set(text, at);
      }
    }
    outgoing.writeHead(response.statusCode ?? 500, response.headers).end(answer);
  }

  const server = createServer((incoming, outgoing) => {
    onRequest(incoming, outgoing).catch(() => incoming.socket.destroy());
  }).listen(0, '127.0.0.1');
  server.keepAliveTimeout = 75_000;
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return counts.accepted;
    },
    get rejectedPublishes() {
      return counts.rejectedPublishes;
    },
    get publishes() {
      return counts.publishes;
    },
    acceptedAt,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
