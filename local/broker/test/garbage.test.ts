import { encode } from '@msgpack/msgpack';
import { randomBytes } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { describe, expect } from 'vitest';
import { Action } from '../src/protocol/actions.ts';
import { KEY, restClient } from './support/helpers.ts';
import { test } from './support/test.ts';

/** Values that are invalid for most fields. */
const EVIL_VALUES: unknown[] = [
  null,
  true,
  -1,
  1.5,
  1e300,
  '',
  '\0',
  'x'.repeat(3_000),
  [],
  [[]],
  {},
  { toString: 1 },
];
const FIELDS = [
  'id',
  'channel',
  'channelSerial',
  'msgSerial',
  'flags',
  'params',
  'auth',
  'messages',
  'presence',
];

/** Actions that do not end the connection, and unknown ones. */
const ACTIONS = [
  Action.HEARTBEAT,
  Action.ACK,
  Action.ATTACH,
  Action.DETACH,
  Action.PRESENCE,
  Action.MESSAGE,
  Action.SYNC,
  ...[3, 21, 99, -1, 'x', null],
];

describe('garbage', () => {
  test('in frames breaks neither its own connection nor another', async ({ startBroker, connect }) => {
    const broker = await startBroker({ log: () => undefined });
    const bystander = (await connect(broker)).client;
    const { client } = await connect(broker, { clientId: 'ann' });
    for (const action of ACTIONS) {
      for (const field of FIELDS) {
        for (const value of EVIL_VALUES) {
          client.send({ action, channel: 'room', msgSerial: 1_000_000, [field]: value });
          client.send({
            action,
            channel: 'room',
            messages: [value],
            presence: [value],
            params: { rewind: value },
          });
        }
      }
    }
    for (const text of ['', '{', 'null', '[]', '7', '"x"', '{"action":15']) client.sendRaw(text);
    for (let n = 0; n < 200; n += 1) client.sendRaw(randomBytes(n));
    await client.settled();
    await bystander.settled();
  });

  test('with false counts or deep nesting is rejected without exhausting memory', async ({
    startBroker,
    connect,
  }) => {
    const { client } = await connect(await startBroker({ log: () => undefined }), {}, 'msgpack');
    const sixteenMillionItems = Buffer.from([0xdd, 0x01, 0x00, 0x00, 0x00]);
    const thousandItems = Buffer.from([0xdc, 0x03, 0xe8]);
    const oneItem = Buffer.from([0x91]);
    client.sendRaw(Buffer.alloc(400_000, sixteenMillionItems));
    client.sendRaw(Buffer.alloc(400_000, oneItem));
    client.sendRaw(Buffer.alloc(510_000, thousandItems));
    client.sendRaw(
      Buffer.from(`{"action":15,"channel":"r","msgSerial":0,"messages":[{"data":${'['.repeat(50_000)}`),
    );
    let nested: unknown = 0;
    for (let depth = 0; depth < 90; depth += 1) nested = [nested];
    client.sendRaw(
      Buffer.from(
        encode({
          action: Action.MESSAGE,
          channel: 'r',
          msgSerial: 0,
          messages: [{ extras: { headers: nested } }],
        }),
      ),
    );
    expect((await client.next(Action.NACK)).error.code).toBe(40032);
    await client.settled();
  });

  test('over half a megabyte closes its own connection only', async ({ broker, connect }) => {
    const bystander = (await connect(broker)).client;
    const { client } = await connect(broker);
    client.sendRaw('x'.repeat(600_000));
    await client.closed();
    expect(client.closeCode).toBe(1009);
    await bystander.settled();
  });

  test('in URLs and headers gets a reply', async ({ startBroker, rawClient }) => {
    const broker = await startBroker({ log: () => undefined });
    const headers = { authorization: `Basic ${btoa(KEY)}` };
    for (const path of [
      '/channels/%E0%A4%A/messages',
      '/channels/%/messages',
      '/keys/%00/requestToken',
      '//',
      '/%',
    ]) {
      expect((await fetch(broker.url + path, { headers })).status).toBeLessThan(500);
    }
    const client = await rawClient(broker, {
      access_token: randomBytes(500).toString('latin1'),
      resume: '%%%',
    });
    await client.next(Action.ERROR);
    for (const bytes of ['GET /%zz HTTP/1.1\r\nHost: [\r\nUpgrade: websocket\r\n\r\n', '\0\0\0\r\n\r\n']) {
      const socket = connectTcp(broker.port, '127.0.0.1', () => socket.end(bytes));
      await new Promise((resolve) => socket.on('close', resolve).on('error', resolve).resume());
    }
    expect(await restClient(broker).time()).toBeGreaterThan(0);
  });
});
