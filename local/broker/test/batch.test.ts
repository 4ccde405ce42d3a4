import { describe, expect } from 'vitest';
import { Action } from '../src/protocol/actions.ts';
import { FORMATS, rejection, requestToken, restClient } from './support/helpers.ts';
import { test } from './support/test.ts';

const DENIED = { code: 40160, statusCode: 401 };

describe('a batch publish', () => {
  const spec = { channels: ['open', 'closed'], messages: [{ name: 'x' }] };

  test.for(FORMATS)(
    'that fails in part is 400 with batchResponse for clients of version 2 (%s)',
    async (format, { broker }) => {
      const token = await requestToken(broker, { capability: { open: ['publish'] } });
      const client = restClient(broker, { token: token.token }, format);
      const send = (version: number, body: unknown) =>
        client.request('post', '/messages', version, {}, body, {});
      const failed = await send(2, spec);
      expect([failed.success, failed.statusCode, failed.errorCode]).toEqual([false, 400, 40020]);
      expect(failed.items).toMatchObject([
        {
          error: { code: 40020, statusCode: 400 },
          batchResponse: [
            { channel: 'open', messageId: expect.any(String) },
            { channel: 'closed', error: DENIED },
          ],
        },
      ]);
      const complete = await send(2, { ...spec, channels: 'open' });
      expect([complete.statusCode, complete.items]).toMatchObject([201, [{ channel: 'open' }]]);
      const newer = await send(3, spec);
      expect([newer.statusCode, newer.items]).toMatchObject([201, [{ successCount: 1, failureCount: 1 }]]);
    },
  );
});

describe('the param _forceNack', () => {
  test('makes a publish fail with 40099, by REST and on a connection', async ({ broker, connect }) => {
    const channel = restClient(broker).channels.get('room');
    const publish = channel.publish({ name: 'x' }, { _forceNack: true });
    expect(await rejection(publish)).toMatchObject({ code: 40099, statusCode: 400 });
    const { client } = await connect(broker);
    const params = { _forceNack: 'true' };
    client.send({ action: Action.MESSAGE, channel: 'room', msgSerial: 0, messages: [{}], params });
    expect(await client.next(Action.NACK)).toMatchObject({ error: { code: 40099 } });
    await channel.publish({ name: 'y' }, { _forceNack: false });
    expect((await channel.history()).items.map(({ name }) => name)).toEqual(['y']);
  });
});

describe('batch presence', () => {
  test.for(FORMATS)(
    'returns the members of several channels, each with its own success (%s)',
    async (format, { broker, realtimeClient }) => {
      const ann = realtimeClient(broker, { clientId: 'ann' }).channels;
      await ann.get('a').presence.enter({ at: 'home' });
      await ann.get('closed').presence.enter();
      const token = await requestToken(broker, { capability: { a: ['subscribe'], empty: ['subscribe'] } });
      const client = restClient(broker, { token: token.token }, format);
      // The client returns what the broker sent, whatever its type says.
      const result: unknown = await client.batchPresence(['a', 'empty', 'closed', ':bad']);
      expect(result).toMatchObject({
        successCount: 2,
        failureCount: 2,
        results: [
          {
            channel: 'a',
            presence: [{ clientId: 'ann', action: 1, data: '{"at":"home"}', encoding: 'json' }],
          },
          { channel: 'empty', presence: [] },
          { channel: 'closed', error: DENIED },
          { channel: ':bad', error: { code: 40010 } },
        ],
      });
      const old = await client.request('get', '/presence', 2, { channels: 'a,closed' }, null, {});
      expect([old.statusCode, old.errorCode]).toEqual([400, 40020]);
      const none = await client.request('get', '/presence', 3, {}, null, {});
      expect([none.statusCode, none.errorCode]).toEqual([400, 40003]);
    },
  );
});
