import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** Stands between a function and its database, to fail in ways in which a server in good health does not. */
export interface Proxy {
  port: number;
  /** How many connections came so far. */
  readonly connections: number;
  /** From now on the connections made so far stay open, but nothing passes: a host gone without a word. */
  freeze(): void;
  close(): Promise<void>;
}

export async function startProxy(databaseUrl: string, atPort = 0): Promise<Proxy> {
  const target = new URL(databaseUrl);
  const pairs: [Socket, Socket][] = [];
  const server = createServer((inbound) => {
    const outbound = connect(Number(target.port), target.hostname);
    pairs.push([inbound, outbound]);
    // Either end may break at any time: that is what it is for, and the other end follows.
    inbound.on('error', () => outbound.destroy()).on('close', () => outbound.destroy());
    outbound.on('error', () => inbound.destroy()).on('close', () => inbound.destroy());
    inbound.pipe(outbound).pipe(inbound);
  });
  await new Promise<void>((resolve) => server.listen(atPort, '127.0.0.1', resolve));
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
