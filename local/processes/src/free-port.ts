import getPort from 'get-port';
import { createServer } from 'node:net';

/** Returns `preferred` when it is free on 127.0.0.1, else any free port. */
export async function freePort(preferred?: number): Promise<number> {
  // get-port would not return a port again within half a minute, even after it was released.
  return preferred && (await isFree(preferred)) ? preferred : getPort({ host: '127.0.0.1' });
}

/** Programs that take a port between choice and use are few; more failures have another reason. */
const ATTEMPTS = 10;

/**
 * Chooses a port and opens a server on it, and does so again when another program was faster.
 * @param choose must not return a port that is in use
 * @param open must leave nothing behind when it fails
 */
export async function openOnPort<Opened>(
  choose: () => Promise<number>,
  open: (port: number) => Promise<Opened>,
): Promise<Opened> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await choose();
    try {
      return await open(port);
    } catch (error) {
      if (attempt === ATTEMPTS || (await isFree(port))) throw error;
    }
  }
}

function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
