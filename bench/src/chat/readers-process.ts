/** A process full of readers, who remember when the last of them saw each message. */
import * as v from 'valibot';
import { Address, join } from './join.ts';
import { now } from '../clock.ts';

const Command = v.union([
  v.object({ address: Address, readers: v.number() }),
  /** Answered when all have seen the messages of these numbers, or after `patienceMs`. Earlier ones are forgotten. */
  v.object({ from: v.number(), to: v.number(), patienceMs: v.number() }),
]);

const AT_ONCE = 50; // so that no server's queue of new connections overflows
let readers = 0;
const seenBy = new Map<number, { readers: Set<number>; at: number }>();
let seenByAll = (_message: number): void => undefined;

function see(reader: number, text: string): void {
  const message = Number.parseInt(text, 10);
  const sighting = seenBy.get(message) ?? { readers: new Set(), at: 0 };
  seenBy.set(message, sighting);
  if (sighting.readers.has(reader)) return;
  sighting.readers.add(reader);
  if (sighting.readers.size < readers) return;
  sighting.at = now();
  seenByAll(message);
}

async function enter(address: Address, count: number): Promise<object> {
  readers = count;
  for (let from = 0; from < count; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, index) => from + index);
    await Promise.all(some.map((reader) => join(address, (text) => see(reader, text))));
  }
  return {};
}

/** When the last reader here saw each message; 0 for those that not everybody has seen. */
async function watch(from: number, to: number, patienceMs: number) {
  for (const message of seenBy.keys()) if (message < from) seenBy.delete(message);
  const numbers = Array.from({ length: to - from }, (_, index) => from + index);
  const lastSeenAt = (message: number) => seenBy.get(message)?.at ?? 0;
  const missing = new Set(numbers.filter((message) => lastSeenAt(message) === 0));
  if (missing.size > 0) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      seenByAll = (message) => {
        missing.delete(message);
        if (missing.size > 0) return;
        clearTimeout(timer);
        resolve();
      };
    });
    seenByAll = () => undefined;
  }
  return { lastSeenAt: numbers.map(lastSeenAt) };
}

async function obey(raw: unknown): Promise<object> {
  const command = v.parse(Command, raw);
  return 'from' in command
    ? watch(command.from, command.to, command.patienceMs)
    : enter(command.address, command.readers);
}

process.on('message', (raw) => {
  void obey(raw).then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit(0));
process.send?.({});
