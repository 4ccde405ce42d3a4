import { INCOMING_CHANNEL } from '@chat/contract';
import { startStack } from '@chat/stack';
import * as Ably from 'ably';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test as onFreePlan } from '../support/journey.ts';

/** Members of a presence set, on each of Ably's plans. */
const MOST_MEMBERS = 200;
/** Presence messages, of which a connection may publish 50 a second. */
const AT_ONCE = 20;

/** Tabs that read: with them, more are on the channel than a presence set holds. */
const READERS = 210;

/** The free plan has 200 connections, so a crowd needs the next one. */
const onStandardPlan = onFreePlan.extend('stack', { scope: 'file' }, async ({ dataDir }, { onCleanup }) => {
  const stack = await startStack({ dataDir, broker: { plan: 'standard' } });
  onCleanup(() => stack.close());
  return stack;
});

const test = onStandardPlan
  .extend('attach', ({ stack }, { onCleanup }) => {
    const clients: Ably.Realtime[] = [];
    onCleanup(() => clients.forEach((client) => client.close()));
    return async () => {
      const { endpoint, port, key } = stack.ably;
      const address = { endpoint, port, tls: false, disableConnectivityCheck: true };
      const client = new Ably.Realtime({ key, ...address, logLevel: 0 });
      clients.push(client);
      const channel = client.channels.get(INCOMING_CHANNEL);
      await channel.attach();
      return channel;
    };
  })
  /** A client that is present as many people, and many that read. */
  .extend('crowd', async ({ attach }) => {
    const { presence } = await attach();
    for (let first = 0; first < MOST_MEMBERS; first += AT_ONCE) {
      const names = Array.from({ length: AT_ONCE }, (_, index) => `Guest ${first + index}`);
      await Promise.all(names.map((name) => presence.enterClient(name, { name })));
      await wait(500);
    }
    for (let reader = 0; reader < READERS; reader += AT_ONCE) {
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, READERS - reader) }, attach));
    }
    return presence;
  });

test(
  'the 201st person chats as the others, sees that they are not listed, and is listed once there is room',
  { timeout: 180_000 },
  async ({ crowd, join, stored }) => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    for (const { page } of [ada, grace]) {
      await expectShown(page.getByText('(you, not in the list of others: it is full)'));
      await expectShown(page.getByText(/^and 1\d more, whom the list cannot hold$/));
      // Both tabs, the readers and the one who is present as 200 people.
      await expectShown(page.getByRole('heading', { name: `Online now (${READERS + 3})` }));
    }
    await ada.send('Hello from outside');
    await expectCount(grace.message('Hello from outside'), 1);
    await grace.send('Hello Ada');
    await expectCount(ada.message('Hello Ada'), 1);
    expect(await stored()).toEqual(['Hello from outside', 'Hello Ada']);

    await crowd.leaveClient('Guest 0');
    await crowd.leaveClient('Guest 1');
    const note = (page: typeof ada.page) => page.getByText('not in the list of others').count();
    await expectSoon(async () => (await note(ada.page)) + (await note(grace.page)), {
      timeout: 75_000,
    }).toBe(0);
    await expectShown(grace.page.getByText(/^Ada/));
  },
);
