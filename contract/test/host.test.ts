import { describe, expect, test } from 'vitest';
import { hostAndPort, isLoopback, socketHost, urlHost } from '../src/index.ts';

describe('A host', () => {
  test.each([
    ['::1', '[::1]', '::1'],
    ['[fd00:1::2]', '[fd00:1::2]', 'fd00:1::2'],
    ['::ffff:10.0.0.7', '[::ffff:10.0.0.7]', '::ffff:10.0.0.7'],
    ['db.example', 'db.example', 'db.example'],
    ['10.0.0.7', '10.0.0.7', '10.0.0.7'],
    ['/var/run/postgresql', '/var/run/postgresql', '/var/run/postgresql'],
  ])('%s is %s in a URL and %s in a socket', (host, inUrl, inSocket) => {
    expect(urlHost(host)).toBe(inUrl);
    expect(socketHost(host)).toBe(inSocket);
    expect(hostAndPort(host, 80)).toBe(`${inUrl}:80`);
  });

  test.each([
    ['::1', true],
    ['[::1]', true],
    ['127.3.2.1', true],
    ['app.localhost', true],
    ['127.0.0.1.example', false],
    ['::2', false],
    ['localhost.example', false],
  ])('%s is this machine: %s', (host, expected) => expect(isLoopback(host)).toBe(expected));
});
