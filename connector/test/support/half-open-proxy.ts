import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A proxy before the database that can drop all traffic silently. */
export interface HalfOpenProxy extends AsyncDisposable {
  readonly port: number;
  /** Keeps the present connections open but drops their traffic. New connections work. */
  freeze(): void;
  /** Number of connections so far. */
  readonly connections: number;
}

export async function startHalfOpenProxy(target: number): Promise<HalfOpenProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let connections = 0;
  const server = createServer((near) => {
    connections += 1;
    const far = connect(target, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    near.pipe(far);
    far.pipe(near);
    for (const socket of pair) {
      socket.on('error', () => undefined); // expected: the test ends connections
      socket.on('close', () => pair.forEach((end) => end.destroy()));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    freeze() {
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
        near.on('data', () => undefined); // read and dropped
        far.on('data', () => undefined);
      }
      pairs.clear();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      pairs.forEach((pair) => pair.forEach((socket) => socket.destroy()));
      await Promise.resolve();
    },
  };
}
