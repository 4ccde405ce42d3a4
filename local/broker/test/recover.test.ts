import { describe, expect, it } from 'vitest';
import { aBroker, aRealtime, aRest, collect, FORMATS, until } from './support.ts';

describe('recover', () => {
  it.each(FORMATS)(
    'goes on under the same id on every channel, while the old client lives (%s)',
    async (format) => {
      const broker = await aBroker();
      const old = aRealtime(broker, {}, format);
      const names = Array.from({ length: 5 }, (_, n) => `room${n}`);
      await Promise.all(names.map((name) => collect(old.channels.get(name))));
      const { id, key } = old.connection;
      const recover = old.connection.createRecoveryKey() ?? '';
      const publisher = aRest(broker);
      for (let n = 0; n < 5; n += 1) {
        for (const name of names) await publisher.channels.get(name).publish(`${n}`, undefined);
      }
      const recovered = aRealtime(broker, { recover }, format);
      const resumed: boolean[] = [];
      const received = await Promise.all(
        names.map((name) => {
          const channel = recovered.channels.get(name);
          channel.on('attached', (change) => resumed.push(change.resumed));
          return collect(channel);
        }),
      );
      await until(() => received.every(({ length }) => length === 5));
      for (const messages of received) expect(messages.map(({ name }) => name).join('')).toBe('01234');
      expect(resumed).toEqual(Array(5).fill(true));
      expect(recovered.connection.id).toBe(id);
      expect(recovered.connection.key).not.toBe(key);
    },
  );

  it('with a forged key connects anew and says why', async () => {
    const recover = JSON.stringify({
      connectionKey: '_____!ablyjs_test_fake-key____',
      msgSerial: 3,
      channelSerials: {},
    });
    const client = aRealtime(await aBroker(), { recover });
    const { reason } = await client.connection.once('connected');
    expect(reason?.code).toBe(80018);
    await client.channels.get('room').publish('x', undefined);
  });
});
