import { serve } from '@hono/node-server';
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

/**
 * Serves an app on 127.0.0.1 only.
 * @param port 0 for any free one
 * @throws Error (`EADDRINUSE`) when the port is in use
 */
export async function listen(app: Pick<Hono, 'fetch'>, port = 0): Promise<HttpServer> {
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  const actualPort = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${actualPort}`,
    port: actualPort,
    server,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
