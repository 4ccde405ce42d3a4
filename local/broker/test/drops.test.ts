import { expect, it } from 'vitest';
import { aBroker, aRealtime, aRelay, collect, FORMATS, until } from './support.ts';

const CLIENTS = 8;
const MESSAGES_EACH = 60;

/**
 * The whole promise at once: while connections are cut at odd moments, what is acknowledged reaches every subscriber
 * exactly once, in one order, and in the end all agree on who is present.
 */
it('loses, repeats and reorders nothing while connections are cut', { timeout: 15_000 }, async () => {
  const broker = await aBroker();
  const people = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, n) => {
      const relay = await aRelay(broker);
      const options = { clientId: `client${n}`, disconnectedRetryTimeout: 10 };
      const channel = aRealtime(relay, options, FORMATS[n % 2]).channels.get('room');
      const messages = await collect(channel);
      await channel.presence.enter();
      return { relay, channel, messages };
    }),
  );

  let isOver = false;
  const cutting = (async () => {
    for (let n = 0; !isOver; n = (n + 3) % CLIENTS) {
      people[n]?.relay.cut();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  const serials = await Promise.all(
    people.map(async ({ channel }, n) => {
      const acknowledged: (string | null)[] = [];
      for (let m = 0; m < MESSAGES_EACH; m += 1) {
        acknowledged.push(...(await channel.publish(`${n}/${m}`, { m })).serials);
      }
      return acknowledged;
    }),
  );
  isOver = true;
  await cutting;

  const everything = serials.flat().sort();
  await until(() => people.every(({ messages }) => messages.length >= everything.length));
  for (const { messages } of people) expect(messages.map(({ serial }) => serial)).toEqual(everything);
  for (const { channel } of people) {
    await until(async () => (await channel.presence.get()).length === CLIENTS);
  }
});
