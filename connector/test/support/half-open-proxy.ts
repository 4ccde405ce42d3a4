import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A network between us and the database that can swallow everything without telling anybody. */
export interface HalfOpenProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections there are now stay open, and nothing comes through any more. New ones work. */
  freeze(): void;
  /** How many connections were made. */
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
      socket.on('error', () => undefined); // the other end is what the test is about
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
        near.on('data', () => undefined); // taken, and forgotten
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
