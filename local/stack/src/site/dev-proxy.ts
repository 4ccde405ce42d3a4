import { Hono } from 'hono';
import { proxy } from 'hono/proxy';
import type { IncomingMessage, Server } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Forwards requests to Nuxt's development server, so that page and functions share one origin like
 * on Netlify.
 */
export function createDevProxy(target: string): Hono {
  const app = new Hono();
  app.all('*', (c) => {
    const { pathname, search } = new URL(c.req.url);
    return proxy(`${target}${pathname}${search}`, c.req);
  });
  return app;
}

/**
 * Forwards the WebSocket that reloads the page: sends the handshake's bytes, then joins both
 * sockets.
 */
export function proxyUpgrades(server: Server, target: string): void {
  const { hostname, port } = new URL(target);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const upstream = connect(Number(port), hostname, () => {
      const headers = request.rawHeaders.reduce(
        (text, part, index) => text + part + (index % 2 ? '\r\n' : ': '),
        '',
      );
      upstream.write(`${request.method} ${request.url} HTTP/1.1\r\n${headers}\r\n`);
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    // Either end may close, with a tab or a restart of Nuxt. The other end follows.
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
}
