import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/**
 * A TCP proxy between a function and its database, for faults that a healthy server never shows.
 */
export interface Proxy {
  port: number;
  /** Number of connections accepted so far. */
  readonly connections: number;
  /** Keeps the present connections open but stops forwarding, like a host that lost power. */
  freeze(): void;
  close(): Promise<void>;
}

export async function startProxy(databaseUrl: string, atPort = 0, host = '127.0.0.1'): Promise<Proxy> {
  const target = new URL(databaseUrl);
  const pairs: [Socket, Socket][] = [];
  const server = createServer((inbound) => {
    const outbound = connect(Number(target.port), target.hostname);
    pairs.push([inbound, outbound]);
    // When either end breaks, break the other.
    inbound.on('error', () => outbound.destroy()).on('close', () => outbound.destroy());
    outbound.on('error', () => inbound.destroy()).on('close', () => inbound.destroy());
    inbound.pipe(outbound).pipe(inbound);
  });
  await new Promise<void>((resolve) => server.listen(atPort, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return pairs.length;
    },
    freeze() {
      for (const [inbound, outbound] of pairs) {
        inbound.unpipe().pause();
        outbound.unpipe().pause();
      }
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of pairs.flat()) socket.destroy();
      await closed;
    },
  };
}
