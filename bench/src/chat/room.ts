import * as v from 'valibot';
import { startChild } from '../child.ts';
import type { Address } from './join.ts';

const READER_PROCESSES = 2;
/** An author never waits longer than this for what was published before to be seen. */
const SETTLING_MS = 60_000;

export interface Pace {
  perSecond: number;
  ms: number;
  /** How long after the last publish a message may come and still count. */
  patienceMs?: number;
}

export interface Reading {
  /** publish → seen by all, ms, of each message that all have seen in time. */
  delays: number[];
  /** Messages that somebody had not seen in time. */
  late: number;
  /** Published, which is less than was asked for when the author cannot keep up. */
  perSecond: number;
}

/** An author and readers in a chat, in processes of their own. */
export interface Room {
  /** Resolves when everything published was seen by all. @throws Error when that does not happen within a minute */
  read(pace: Pace): Promise<Reading>;
  close(): Promise<void>;
}

const Nothing = v.object({});
const Written = v.object({
  publishedAt: v.array(v.number()),
  seconds: v.number(),
  refusals: v.array(v.string()),
});
const Seen = v.object({ lastSeenAt: v.array(v.number()) });

/** The author, like everybody in a chat, is told every message as well, but does not count as a reader. */
export async function openRoom(address: Address, readers: number): Promise<Room> {
  await using opened = new AsyncDisposableStack();
  const start = async (script: string, command: object) => {
    const { child } = await startChild(new URL(script, import.meta.url), [], Nothing);
    opened.defer(() => child.end());
    await child.ask(command, Nothing);
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

  /** When the last of all readers saw each message; 0 for those that not everybody has seen. */
  async function watch(to: number, patienceMs: number): Promise<number[]> {
    const parts = await Promise.all(audience.map((child) => child.ask({ from, to, patienceMs }, Seen)));
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
      const { publishedAt, seconds, refusals } = await author.ask({ from, messages, perSecond }, Written);
      const seenAt = await watch(from + messages, patienceMs);
      const late = seenAt.filter((at) => at === 0).length;
      if (late > 0 && (await watch(from + messages, SETTLING_MS)).includes(0)) {
        const why =
          refusals[0] === undefined ? '' : `; ${refusals.length} were refused, first: ${refusals[0]}`;
        throw new Error(
          `Of ${messages} messages at ${perSecond}/s to the chat "${address.chat}" some were not seen by all after a minute${why}`,
        );
      }
      from += messages;
      const delays = seenAt.flatMap((at, index) => (at === 0 ? [] : [at - (publishedAt[index] ?? 0)]));
      return { delays, late, perSecond: messages / (seconds + 1 / perSecond) };
    },
    close: () => everything.disposeAsync(),
  };
}
