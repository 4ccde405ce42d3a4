import { describe, expect } from 'vitest';
import { Action } from '../src/protocol/actions.ts';
import { FORMATS, rejection } from './support/helpers.ts';
import { test } from './support/test.ts';

const OBJECT = 19;

describe('a frame that the broker does not support', () => {
  test.for(FORMATS)(
    'of the official client is rejected, and the next publish gets its own ACK (%s)',
    async (format, { broker, realtimeClient }) => {
      const channel = realtimeClient(broker, {}, format).channels.get('room');
      const { serials } = await channel.publish('message', undefined);
      const annotated = rejection(
        channel.annotations.publish(serials[0] ?? '', { type: 'reaction:flag.v1', name: 'like' }),
      );
      const next = channel.publish('next', undefined);
      expect(await annotated).toMatchObject({ code: 93002, statusCode: 400 });
      expect((await next).serials).toEqual([expect.any(String)]);
      expect((await channel.history()).items.map(({ name }) => name)).toEqual(['next', 'message']);
    },
  );

  test.for([
    [OBJECT, {}, 40000],
    [Action.ANNOTATION, {}, 93002],
    [3, {}, 40000],
    [99, {}, 40000],
    [Action.MESSAGE, { messages: 'text' }, 40000],
    [Action.MESSAGE, { params: { nested: {} } }, 40000],
    [Action.MESSAGE, { channel: 1 }, 40000],
    [Action.PRESENCE, { presence: {} }, 40000],
    [Action.PRESENCE, { flags: -1 }, 40000],
    [OBJECT, { channelSerial: 1 }, 40000],
  ] as const)(
    'gets one NACK if it has a msgSerial, also when repeated: action %i with %j',
    async ([action, fields, code], { broker, connect }) => {
      const { client } = await connect(broker);
      for (let attempt = 0; attempt < 2; attempt += 1) {
        client.send({ action, channel: 'room', msgSerial: 0, ...fields });
        expect(await client.next(Action.NACK)).toMatchObject({ msgSerial: 0, count: 1, error: { code } });
      }
      client.send({ action: Action.MESSAGE, channel: 'room', msgSerial: 1, messages: [{ name: 'x' }] });
      expect(await client.next(Action.ACK)).toMatchObject({ msgSerial: 1, count: 1 });
      expect(client.received).toEqual([]);
    },
  );

  test.for([
    [Action.ATTACH, { params: 'rewind=1' }],
    [Action.ATTACH, { flags: 0.5 }],
    [Action.DETACH, { channelSerial: {} }],
  ] as const)(
    'fails its channel if it attaches or detaches: action %i with %j',
    async ([action, fields], { broker, connect }) => {
      const { client } = await connect(broker);
      client.send({ action, channel: 'room', ...fields });
      const failed = await client.next(Action.ERROR);
      expect(failed).toMatchObject({ channel: 'room', error: { code: 40000, statusCode: 400 } });
      expect(await client.attach('room')).toMatchObject({ channel: 'room' });
    },
  );

  test('fails the connection if it re-authenticates', async ({ broker, connect }) => {
    const { client } = await connect(broker);
    client.send({ action: Action.AUTH, auth: { accessToken: 1 } });
    expect(await client.next(Action.ERROR)).toMatchObject({ error: { code: 40000, statusCode: 400 } });
    await client.closed();
  });

  test('gets no reply without a msgSerial', async ({ broker, connect }) => {
    const { client } = await connect(broker);
    client.send({ action: OBJECT, channel: 'room' });
    client.send({ action: 'text', msgSerial: 0 });
    await client.settled();
    expect(client.received).toEqual([]);
  });
});
