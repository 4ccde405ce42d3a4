import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePort, openOnPort } from '../src/free-port.ts';

async function open(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

test('openOnPort: chooses again when another program took the port after the choice', async () => {
  const chosen: number[] = [];
  const server = await openOnPort(async () => {
    const port = await freePort();
    chosen.push(port);
    if (chosen.length <= 2) await open(port);
    return port;
  }, open);
  expect(chosen).toHaveLength(3);
  expect(portOf(server)).toBe(chosen[2]);
});

test('openOnPort: many starts at the same moment that want one port all get one', async () => {
  const wanted = await freePort();
  const servers = await Promise.all(
    Array.from({ length: 5 }, () => openOnPort(() => freePort(wanted), open)),
  );
  const ports = servers.map(portOf);
  expect(new Set(ports).size).toBe(5);
  expect(ports).toContain(wanted);
});

test('openOnPort: reports another failure at once', async () => {
  let attempts = 0;
  const opened = openOnPort(freePort, () => {
    attempts += 1;
    return Promise.reject(new Error('no memory'));
  });
  await expect(opened).rejects.toThrow('no memory');
  expect(attempts).toBe(1);
});
