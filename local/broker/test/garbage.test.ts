import { encode } from '@msgpack/msgpack';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { aBroker, aConnectedRawClient, aRawClient, aRest, KEY } from './support.ts';

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

describe('garbage', () => {
  it('in frames harms neither the sender’s connection nor any other', async () => {
    const broker = await aBroker({ log: () => undefined });
    const bystander = (await aConnectedRawClient(broker)).client;
    const { client } = await aConnectedRawClient(broker, { clientId: 'ann' });
    for (const action of [0, 1, 3, 10, 12, 14, 15, 16, 21, 99, -1, 'x', null]) {
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

  it('of announced but absent content, or of bottomless nesting, costs no more than it weighs', async () => {
    const { client } = await aConnectedRawClient(await aBroker({ log: () => undefined }), {}, 'msgpack');
    client.sendRaw(Buffer.alloc(400_000, Buffer.from([0xdd, 0x01, 0x00, 0x00, 0x00]))); // arrays of 16 million
    client.sendRaw(Buffer.alloc(400_000, 0x91)); // arrays in arrays
    client.sendRaw(Buffer.alloc(510_000, Buffer.from([0xdc, 0x03, 0xe8]))); // arrays of a thousand in each other
    client.sendRaw(
      Buffer.from(`{"action":15,"channel":"r","msgSerial":0,"messages":[{"data":${'['.repeat(50_000)}`),
    );
    let nested: unknown = 0;
    for (let depth = 0; depth < 90; depth += 1) nested = [nested];
    client.sendRaw(
      Buffer.from(
        encode({ action: 15, channel: 'r', msgSerial: 0, messages: [{ extras: { headers: nested } }] }),
      ),
    );
    expect((await client.next(2)).error.code).toBe(40032);
    await client.settled();
  });

  it('of more than half a megabyte in a frame ends that connection only', async () => {
    const broker = await aBroker();
    const bystander = (await aConnectedRawClient(broker)).client;
    const { client } = await aConnectedRawClient(broker);
    client.sendRaw('x'.repeat(600_000));
    await client.closed();
    expect(client.closeCode).toBe(1009);
    await bystander.settled();
  });

  it('in URLs and headers is answered', async () => {
    const broker = await aBroker({ log: () => undefined });
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
    const client = await aRawClient(broker, {
      access_token: randomBytes(500).toString('latin1'),
      resume: '%%%',
    });
    await client.next(9);
    for (const bytes of ['GET /%zz HTTP/1.1\r\nHost: [\r\nUpgrade: websocket\r\n\r\n', '\0\0\0\r\n\r\n']) {
      const socket = connect(broker.port, '127.0.0.1', () => socket.end(bytes));
      await new Promise((resolve) => socket.on('close', resolve).on('error', resolve).resume());
    }
    expect(await aRest(broker).time()).toBeGreaterThan(0);
  });
});
