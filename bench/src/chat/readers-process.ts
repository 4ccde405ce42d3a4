/** A process of readers, which records when the last of them received each message. */
import * as v from 'valibot';
import { Address, join } from './join.ts';
import { now } from '../clock.ts';

const Command = v.union([
  v.object({ address: Address, readers: v.number() }),
  /**
   * Answered once all readers have received the messages `from` (inclusive) to `to`, or after
   * `patienceMs`. Discards earlier messages.
   */
  v.object({ from: v.number(), to: v.number(), patienceMs: v.number() }),
]);

const JOIN_BATCH = 50; // more at once could overflow the server's accept queue
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

async function joinAll(address: Address, count: number): Promise<object> {
  readers = count;
  for (let from = 0; from < count; from += JOIN_BATCH) {
    const batch = Array.from({ length: Math.min(JOIN_BATCH, count - from) }, (_, index) => from + index);
    await Promise.all(batch.map((reader) => join(address, (text) => see(reader, text))));
  }
  return {};
}

/** Returns when the last reader of this process received each message; 0 if some have not. */
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

async function run(raw: unknown): Promise<object> {
  const command = v.parse(Command, raw);
  return 'from' in command
    ? watch(command.from, command.to, command.patienceMs)
    : joinAll(command.address, command.readers);
}

process.on('message', (raw) => {
  void run(raw).then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit(0));
process.send?.({});
