import getPort from 'get-port';
import { createServer } from 'node:net';

/** Returns `preferred` when it is free on 127.0.0.1, else any free port. */
export async function freePort(preferred?: number): Promise<number> {
  // get-port would not return a port again within half a minute, even after it was released.
  return preferred && (await isFree(preferred)) ? preferred : getPort({ host: '127.0.0.1' });
}

function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
