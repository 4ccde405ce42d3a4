import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { guardHost, type HostGuardOptions } from '../src/host-guard.ts';

const LOCAL: HostGuardOptions = { listenHost: '127.0.0.1', origins: 'local' };

/** Starts a guarded server, which answers 200 and accepts every upgrade. @returns its port */
async function start(options: HostGuardOptions): Promise<number> {
  const server = createServer((_request, response) => void response.end('ok'));
  guardHost(server, options);
  server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Sends a request as it stands. @returns the status of the answer */
async function send(port: number, head: string): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  socket.end(`${head}\r\n\r\n`);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
}

const get = (host: string, more = '') => `GET / HTTP/1.1\r\nconnection: close\r\nhost: ${host}${more}`;

describe('a server on loopback', () => {
  test.for([
    '127.0.0.1',
    '127.0.0.1:80',
    'localhost:3000',
    'LOCALHOST',
    'app.localhost',
    '[::1]:1',
    '127.9.9.9',
  ])('answers to %s', async (host) => expect(await send(await start(LOCAL), get(host))).toBe(200));

  test.for([
    'evil.example',
    'evil.example:80',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.localhost.example',
    'localhost.',
    'container',
    '10.0.0.1',
    '0.0.0.0',
    '2130706433',
    '127.999.1.1',
    '127.1',
    '[::ffff:7f00:1]',
    '127.0.0.1@evil.example',
    'evil.example#127.0.0.1',
    '',
  ])('rejects the name %j', async (host) => {
    expect(await send(await start(LOCAL), get(host))).toBe(403);
  });

  test.for([
    ['a forwarded name', get('evil.example', '\r\nx-forwarded-host: 127.0.0.1')],
    ['a whole address', 'GET http://127.0.0.1/ HTTP/1.1\r\nconnection: close\r\nhost: evil.example'],
    ['a foreign address', 'GET http://evil.example/ HTTP/1.1\r\nconnection: close\r\nhost: 127.0.0.1'],
    ['two names', get('127.0.0.1', '\r\nhost: evil.example')],
    ['no name', 'GET / HTTP/1.0'],
    ['a WebSocket', get('evil.example', '\r\nupgrade: websocket').replace('close', 'upgrade')],
  ] as const)('rejects a foreign request with %s', async ([, head]) => {
    // Node itself answers some of them with 400.
    expect([400, 403]).toContain(await send(await start(LOCAL), head));
  });

  test('accepts a WebSocket under its own name', async () => {
    const head: string = get('127.0.0.1', '\r\nupgrade: websocket').replace('close', 'upgrade');
    expect(await send(await start(LOCAL), head)).toBe(101);
  });
});

describe('a server that listens elsewhere', () => {
  test.for(['connector', 'connector:9100', '10.1.2.3:80', '[fd00::1]', 'localhost', '127.0.0.1'])(
    'answers to %s',
    async (host) => {
      expect(await send(await start({ ...LOCAL, listenHost: '0.0.0.0' }), get(host))).toBe(200);
    },
  );

  test('rejects a name of the internet', async () => {
    expect(await send(await start({ ...LOCAL, listenHost: '0.0.0.0' }), get('evil.example'))).toBe(403);
  });

  test('answers to a further name, and to no other', async () => {
    const port = await start({ ...LOCAL, hosts: ['chat.example'] });
    expect(await send(port, get('Chat.example:443'))).toBe(200);
    expect(await send(port, get('a.chat.example'))).toBe(403);
  });

  test('answers to the name on which it listens', async () => {
    const listenHost = 'broker.example';
    expect(await send(await start({ ...LOCAL, listenHost }), get('broker.example:80'))).toBe(200);
  });
});

describe('a web page', () => {
  const fromPage = (origin: string) =>
    get('127.0.0.1', `\r\norigin: ${origin}\r\nsec-fetch-site: cross-site`);

  test.for([
    ['any', 'https://evil.example', 200],
    ['local', 'https://evil.example', 403],
    ['local', 'null', 403],
    ['local', 'http://127.0.0.1.evil.example', 403],
    ['local', 'http://127.0.0.1:3000', 200],
    ['local', 'http://localhost:3000', 200],
    ['none', 'http://127.0.0.1:3000', 403],
    ['none', 'null', 403],
  ] as const)('with origins: %s, a page of %s gets %d', async ([origins, origin, status]) => {
    expect(await send(await start({ ...LOCAL, origins }), fromPage(origin))).toBe(status);
  });

  test.for(['cross-site', 'same-site', 'same-origin'])(
    'gets nothing with origins: none, also without an Origin but with sec-fetch-site: %s',
    async (site) => {
      const head: string = get('127.0.0.1', `\r\nsec-fetch-site: ${site}`);
      expect(await send(await start({ ...LOCAL, origins: 'none' }), head)).toBe(403);
    },
  );
});

test('the answer says what to do', async () => {
  const port = await start(LOCAL);
  const answer = await new Promise<IncomingMessage>((resolve) =>
    httpRequest({ port, host: '127.0.0.1', headers: { host: 'evil.example' } }, resolve).end(),
  );
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  expect(text).toBe('This server answers to its address or localhost only. Call it by one of these.\n');
});
