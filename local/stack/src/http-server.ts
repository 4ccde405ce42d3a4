import { guardHost, type AllowedOrigins } from '@chat/contract/host-guard';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpServer {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  /** Stops listening and closes every connection, idle or not. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

export interface ListenOptions {
  /** Default 0: any free one. */
  port?: number | undefined;
  /** Names under which a proxy passes requests on. */
  hosts?: readonly string[];
  /** Which web pages may call. */
  origins: AllowedOrigins;
}

/**
 * Serves an app on 127.0.0.1 only, and to that name only (see guardHost).
 * @throws Error (`EADDRINUSE`) when the port is in use
 */
export async function listen(
  app: Pick<Hono, 'fetch'>,
  { port = 0, hosts, origins }: ListenOptions,
): Promise<HttpServer> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  guardHost(server, { listenHost: HOST, hosts, origins });
  server.listen(port, HOST);
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  const actualPort = (server.address() as AddressInfo).port;
  return {
    url: `http://${HOST}:${actualPort}`,
    port: actualPort,
    server,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
