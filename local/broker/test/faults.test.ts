import type * as Ably from 'ably';
import { expect, it } from 'vitest';
import type { Relay } from './relay.ts';
import { aBroker, aRealtime, aRelay, aRest, collect, FORMATS, until } from './support.ts';

/** `FAULT_SECONDS=60 npx vitest run --project parts local/broker/test/faults.test.ts` for the whole of it. */
const SECONDS = Number(process.env.FAULT_SECONDS ?? 5);
const CLIENTS = 20;

interface Person {
  name: string;
  relay: Relay;
  client: Ably.Realtime;
  channel: Ably.RealtimeChannel;
  messages: Ably.InboundMessage[];
  acknowledged: string[];
  /** What this person last said about themselves. */
  mood: number;
  lostContinuity: boolean;
}

const random = (below: number) => Math.floor(Math.random() * below);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * The whole promise at once: while transports are dropped, frozen and restarted at random moments, what is acknowledged
 * reaches every subscriber exactly once, in one order, and in the end all agree on who is present.
 */
it(
  `loses, repeats and reorders nothing in ${SECONDS} s of faults`,
  { timeout: SECONDS * 1_000 + 60_000 },
  async () => {
    const broker = await aBroker({ timing: { heartbeatInterval: 800, presenceGrace: 400 } });
    const people = await Promise.all(Array.from({ length: CLIENTS }, (_, n) => aPerson(broker, n)));
    const end = Date.now() + SECONDS * 1_000;
    const faults = { cut: 0, frozen: 0, restarted: 0 };
    await Promise.all(people.flatMap((person) => [talk(person, end), trouble(person, end, faults)]));

    const last = await aRest(broker).channels.get('room').publish('the end', undefined);
    await until(() => people.every(({ messages }) => messages.at(-1)?.name === 'the end'));
    const [first] = people;
    const order = first?.messages.map(({ serial }) => serial ?? '') ?? [];
    expect(order.at(-1)).toBe(last.serials[0]);
    expect(order).toEqual([...new Set(order)].sort()); // each once, as the serials say
    for (const { messages } of people) expect(messages.map(({ serial }) => serial)).toEqual(order);
    const delivered = new Set(first?.messages.map(({ name }) => name));
    expect(delivered.size).toBe(order.length);
    const acknowledged = people.flatMap((person) => person.acknowledged);
    expect(acknowledged.filter((name) => !delivered.has(name))).toEqual([]);
    expect(people.filter((person) => person.lostContinuity)).toEqual([]);

    const moods = Object.fromEntries(people.map(({ name, mood }) => [name, mood]));
    for (const { channel } of people) {
      await until(async () => isSame(moods, moodsOf(await channel.presence.get())));
    }
    expect(moodsOf((await aRest(broker).channels.get('room').presence.get()).items)).toEqual(moods);
    // The test is worth as much as went wrong in it.
    expect(Math.min(...Object.values(faults))).toBeGreaterThan(SECONDS);
    expect(acknowledged.length).toBeGreaterThan(SECONDS * CLIENTS);
    console.info(`${acknowledged.length} publishes to ${CLIENTS} subscribers, faults:`, faults);
  },
);

async function aPerson(broker: { port: number }, n: number): Promise<Person> {
  const relay = await aRelay(broker);
  const options = { disconnectedRetryTimeout: 10, realtimeRequestTimeout: 800, channelRetryTimeout: 10 };
  const name = `client${n}`;
  const client = aRealtime(relay, { clientId: name, ...options }, FORMATS[n % 2]);
  const channel = client.channels.get('room');
  const messages = await collect(channel);
  await channel.presence.enter({ mood: 0 });
  const person = { name, relay, client, channel, messages, acknowledged: [], mood: 0, lostContinuity: false };
  channel.on(['attached', 'update'], ({ resumed }) => {
    if (!resumed) person.lostContinuity = true;
  });
  return person;
}

/** Publishes without end, and now and then changes or renews its presence. */
async function talk(person: Person, end: number): Promise<void> {
  const { name, channel, acknowledged } = person;
  for (let n = 0; Date.now() < end; n += 1) {
    await channel.publish(`${name}/${n}`, { n });
    acknowledged.push(`${name}/${n}`);
    if (n % 10 === 5) {
      if (random(4) === 0) await channel.presence.leave();
      await channel.presence.update({ mood: n });
      person.mood = n;
    }
    await pause(10 + random(20));
  }
}

/** Each of the three faults again and again; the network is whole in the end. */
async function trouble(
  { relay, channel }: Person,
  end: number,
  faults: Record<string, number>,
): Promise<void> {
  const count = (fault: string) => (faults[fault] = (faults[fault] ?? 0) + 1);
  while (Date.now() < end) {
    await pause(random(1_500));
    const kind = random(3);
    if (kind === 0) {
      count('cut');
      relay.cut();
    } else if (kind === 1) {
      count('restarted');
      relay.shut();
      await pause(random(800));
      relay.open();
    } else {
      // A client that waits for ATTACHED longer than its timeout starts anew, by its own rules without continuity.
      await until(() => channel.state === 'attached');
      count('frozen');
      relay.freeze();
      // From 1.6 s the client notices and takes over with a new transport; from 2.4 s the broker has dropped the old one.
      await pause(random(3_200));
      relay.thaw();
    }
  }
}

const moodsOf = (members: Ably.PresenceMessage[]) =>
  Object.fromEntries(members.map(({ clientId, data }) => [clientId, (data as { mood: number }).mood]));

const isSame = (a: object, b: object) =>
  JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
