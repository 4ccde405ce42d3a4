import * as v from 'valibot';
import { startChild } from '../child.ts';
import type { Address } from './join.ts';

const READER_PROCESSES = 2;
/** How long a reading waits until all readers have received its messages. */
const SETTLING_MS = 60_000;

interface Pace {
  perSecond: number;
  ms: number;
  /** How long after the last publish a message still counts as in time. */
  patienceMs?: number;
}

interface Reading {
  /** publish → seen by all, in ms, of each message that all readers received in time. */
  delays: number[];
  /** Number of messages that some reader did not receive in time. */
  late: number;
  /** The real rate of publishing; lower than requested when the author cannot keep up. */
  perSecond: number;
}

/** An author and readers of a chat, in processes of their own. */
export interface Room {
  /** @throws Error when some reader has not received every message within a minute */
  read(pace: Pace): Promise<Reading>;
  close(): Promise<void>;
}

const Nothing = v.object({});
const Written = v.object({
  publishedAt: v.array(v.number()),
  seconds: v.number(),
  rejections: v.array(v.string()),
});
const Seen = v.object({ lastSeenAt: v.array(v.number()) });

/** The author receives every message too, but does not count as a reader. */
export async function openRoom(address: Address, readers: number): Promise<Room> {
  await using opened = new AsyncDisposableStack();
  const start = async (script: string, command: object) => {
    const { child } = await startChild(new URL(script, import.meta.url), [], Nothing);
    opened.defer(() => child.end());
    await child.request(command, Nothing);
    return child;
  };
  const shares = Array.from({ length: READER_PROCESSES }, (_, index) =>
    Math.floor((readers + index) / READER_PROCESSES),
  ).filter((share) => share > 0);
  const audience = await Promise.all(
    shares.map((share) => start('readers-process.ts', { address, readers: share })),
  );
  const author = await start('author-process.ts', { address });
  let from = 0;

  /** Returns when the last reader received each message; 0 if some have not. */
  async function watch(to: number, patienceMs: number): Promise<number[]> {
    const parts = await Promise.all(audience.map((child) => child.request({ from, to, patienceMs }, Seen)));
    const [first = { lastSeenAt: [] }] = parts;
    return first.lastSeenAt.map((_, message) => {
      const times = parts.map(({ lastSeenAt }) => lastSeenAt[message] ?? 0);
      return times.includes(0) ? 0 : Math.max(...times);
    });
  }

  const everything = opened.move();
  return {
    async read({ perSecond, ms, patienceMs = SETTLING_MS }) {
      const messages = Math.ceil((perSecond * ms) / 1_000);
      const { publishedAt, seconds, rejections } = await author.request(
        { from, messages, perSecond },
        Written,
      );
      const seenAt = await watch(from + messages, patienceMs);
      const late = seenAt.filter((at) => at === 0).length;
      if (late > 0 && (await watch(from + messages, SETTLING_MS)).includes(0)) {
        const [first] = rejections;
        const reason = first === undefined ? '' : `; it rejected ${rejections.length}, first: ${first}`;
        throw new Error(
          `The chat "${address.chat}" did not deliver all of ${messages} messages at ${perSecond}/s within a minute${reason}`,
        );
      }
      from += messages;
      const delays = seenAt.flatMap((at, index) => (at === 0 ? [] : [at - (publishedAt[index] ?? 0)]));
      return { delays, late, perSecond: messages / (seconds + 1 / perSecond) };
    },
    close: () => everything.disposeAsync(),
  };
}
