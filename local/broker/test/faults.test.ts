import type * as Ably from 'ably';
import { expect } from 'vitest';
import { collect, type Endpoint, FORMATS, restClient, until } from './support/helpers.ts';
import type { Relay } from './support/relay.ts';
import { test as brokerTest } from './support/test.ts';

/** For a longer run, set FAULT_SECONDS=60. */
const SECONDS = Number(process.env.FAULT_SECONDS ?? 5);
const CLIENTS = 20;

interface Person {
  name: string;
  relay: Relay;
  channel: Ably.RealtimeChannel;
  messages: Ably.InboundMessage[];
  acknowledged: string[];
  /** The latest presence data. */
  mood: number;
  lostContinuity: boolean;
}

const random = (below: number) => Math.floor(Math.random() * below);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const test = brokerTest
  // Connects a client through its own relay, enters presence and collects messages.
  .extend('joinAs', ({ relayTo, realtimeClient }) => async (n: number, broker: Endpoint): Promise<Person> => {
    const relay = await relayTo(broker);
    // Long, because on a loaded machine attaches time out that only wait for the CPU.
    const options = { disconnectedRetryTimeout: 10, realtimeRequestTimeout: 10_000, channelRetryTimeout: 10 };
    const name = `client${n}`;
    const client = realtimeClient(relay, { clientId: name, ...options }, FORMATS[n % 2]);
    const channel = client.channels.get('room');
    const messages = await collect(channel);
    await channel.presence.enter({ mood: 0 });
    const person = { name, relay, channel, messages, acknowledged: [], mood: 0, lostContinuity: false };
    channel.on(['attached', 'update'], ({ resumed }) => {
      if (!resumed) person.lostContinuity = true;
    });
    return person;
  });

/**
 * While transports are cut, frozen and restarted at random moments, every acknowledged message
 * reaches every subscriber exactly once, in one order, and all presence sets are equal in the end.
 */
test(
  `the broker loses, repeats and reorders nothing in ${SECONDS} s of faults`,
  { timeout: SECONDS * 1_000 + 60_000 },
  async ({ startBroker, joinAs }) => {
    const broker = await startBroker({ timing: { heartbeatInterval: 1_500, presenceGrace: 400 } });
    const people: Person[] = [];
    for (let n = 0; n < CLIENTS; n += 1) people.push(await joinAs(n, broker));
    const faults = { cut: 0, frozen: 0, restarted: 0 };
    const acknowledged = () => people.flatMap((person) => person.acknowledged);
    const end = Date.now() + SECONDS * 1_000;
    // Without enough faults and publishes, the test proves nothing: a slow machine takes longer.
    const isOver = () =>
      Date.now() >= end &&
      Math.min(...Object.values(faults)) > SECONDS &&
      acknowledged().length > SECONDS * CLIENTS;
    await Promise.all(
      people.flatMap((person) => [talk(person, isOver), causeFaults(person, isOver, faults)]),
    );

    const last = await restClient(broker).channels.get('room').publish('the end', undefined);
    await until(() => people.every(({ messages }) => messages.at(-1)?.name === 'the end'));
    const [first] = people;
    const order = first?.messages.map(({ serial }) => serial ?? '') ?? [];
    expect(order.at(-1)).toBe(last.serials[0]);
    expect(order).toEqual([...new Set(order)].sort());
    for (const { messages } of people) expect(messages.map(({ serial }) => serial)).toEqual(order);
    const delivered = new Set(first?.messages.map(({ name }) => name));
    expect(delivered.size).toBe(order.length);
    expect(acknowledged().filter((name) => !delivered.has(name))).toEqual([]);
    expect(people.filter((person) => person.lostContinuity)).toEqual([]);

    const moods = Object.fromEntries(people.map(({ name, mood }) => [name, mood]));
    for (const { channel } of people) {
      await until(async () => isSame(moods, moodsOf(await channel.presence.get())));
    }
    expect(moodsOf((await restClient(broker).channels.get('room').presence.get()).items)).toEqual(moods);
    console.info(`${acknowledged().length} publishes to ${CLIENTS} subscribers, faults:`, faults);
  },
);

/**
 * Publishes until the test is over; every tenth time it also updates presence, or leaves and enters
 * again.
 */
async function talk(person: Person, isOver: () => boolean): Promise<void> {
  const { name, channel, acknowledged } = person;
  for (let n = 0; !isOver(); n += 1) {
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

/** Causes random faults until the test is over; the network works again afterwards. */
async function causeFaults(
  { relay, channel }: Person,
  isOver: () => boolean,
  faults: Record<string, number>,
): Promise<void> {
  const count = (fault: string) => (faults[fault] = (faults[fault] ?? 0) + 1);
  while (!isOver()) {
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
      // A client whose ATTACH times out attaches again without its channelSerial and loses
      // continuity.
      await until(() => channel.state === 'attached');
      count('frozen');
      relay.freeze();
      // After 3 to 4.5 s the broker drops the transport; the client notices when it thaws.
      await pause(random(5_000));
      relay.thaw();
    }
  }
}

const moodsOf = (members: Ably.PresenceMessage[]) =>
  Object.fromEntries(members.map(({ clientId, data }) => [clientId, (data as { mood: number }).mood]));

const isSame = (a: object, b: object) =>
  JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
