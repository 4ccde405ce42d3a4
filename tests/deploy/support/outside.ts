import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { generate } from 'selfsigned';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';

/** The world outside, as far as a browser sees it: what is asked for over HTTPS is answered on this machine, or by nobody. */
export interface Outside {
  /** Address of the HTTP proxy that the browser must use; its certificates are nobody's. */
  readonly proxy: string;
  /** Every host that was asked for, known or not. */
  readonly asked: ReadonlySet<string>;
  close(): Promise<void>;
}

/** @param hosts name → port on this machine that answers for it, in plain HTTP */
export async function startOutside(hosts: Readonly<Record<string, number>>): Promise<Outside> {
  const asked = new Set<string>();
  const open = new Set<Socket>();
  const altNames = Object.keys(hosts).map((value) => ({ type: 2 as const, value }));
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'outside' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames }],
  });
  const tls = createTlsServer({ key, cert }, (secured: TLSSocket) => {
    const port = hosts[secured.servername || ''];
    if (port === undefined) return secured.destroy();
    join(secured, connect(port, '127.0.0.1'));
  });
  const proxy = createServer((_request, response) => response.writeHead(403).end());
  proxy.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  proxy.on('connect', ({ url = '' }: IncomingMessage, socket: Socket, head: Buffer) => {
    const [host = ''] = url.split(':');
    asked.add(host);
    // The browser may leave at any moment.
    socket.on('error', () => socket.destroy());
    if (!Object.hasOwn(hosts, host)) return socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    socket.unshift(head);
    tls.emit('connection', socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    asked,
    async close() {
      const closed = new Promise((resolve) => proxy.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Two sockets become one; when either ends, the other follows. */
function join(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.once('close', () => to.destroy());
  }
}
