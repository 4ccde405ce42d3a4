import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { generate } from 'selfsigned';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';

/**
 * The internet as a browser sees it: this machine answers HTTPS requests for known hosts, and no
 * others are answered.
 */
export interface Outside {
  /** Address of the HTTP proxy that the browser must use. Its certificates are self-signed. */
  readonly proxy: string;
  /** Every host that was requested, known or not. */
  readonly requested: ReadonlySet<string>;
  close(): Promise<void>;
}

/** @param hosts name → port on this machine that answers for it in plain HTTP */
export async function startOutside(hosts: Readonly<Record<string, number>>): Promise<Outside> {
  const requested = new Set<string>();
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
    requested.add(host);
    // The browser may close the socket at any moment.
    socket.on('error', () => socket.destroy());
    if (!Object.hasOwn(hosts, host)) return socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    socket.unshift(head);
    tls.emit('connection', socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    requested,
    async close() {
      const closed = new Promise((resolve) => proxy.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Connects two sockets. When one ends, so does the other. */
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
