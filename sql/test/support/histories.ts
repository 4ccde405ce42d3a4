import fc from 'fast-check';
import type { Message } from './messages.ts';

/*
 * Chats, and the ways in which their messages may travel: material for property tests. Whatever Ably and AWS do on the way (repeat,
 * reorder, split into events, fail and retry, run at the same time), the table must show what the messages published in order show.
 */

/** Few authors and moments, so that ties and refusals are common. */
const author = fc.constantFrom('ann', 'bob', 'eve');

/** One message and what follows it. */
const thread = fc.record({
  clientId: author,
  timestamp: fc.integer({ min: 0, max: 3 }),
  followers: fc.array(
    fc.record({
      kind: fc.constantFrom('edit', 'edit', 'delete'),
      clientId: author,
      delay: fc.integer({ min: 0, max: 3 }),
    }),
    { maxLength: 5 },
  ),
});

type Thread = typeof thread extends fc.Arbitrary<infer T> ? T : never;

export const threads = fc.array(thread, { minLength: 1, maxLength: 5 });

/** Numbers that decide on repeats, order, size of events and failures, taken round and round. */
export const travel = fc.array(fc.nat({ max: 1_000_000 }), { minLength: 8, maxLength: 40 });

/** Messages as published; `prefix` keeps the cases of one run apart. */
export function publish(prefix: string, chat: readonly Thread[]): Message[] {
  let content = 0;
  return chat.flatMap(({ clientId, timestamp, followers }, n): Message[] => {
    const id = `${prefix}m${n}`;
    return [
      { kind: 'insert', id, clientId, timestamp, username: clientId, content: `text ${content++}` },
      ...followers.map((follower, place): Message => ({
        kind: follower.kind === 'delete' ? 'delete' : 'edit',
        id: `${id}f${place}`,
        clientId: follower.clientId,
        timestamp: timestamp + follower.delay,
        ...(follower.kind === 'edit' && { username: 'renamed', content: `text ${content++}` }),
        targetId: id,
      })),
    ];
  });
}

/**
 * The messages repeated, shuffled and split into events of up to four.
 * @returns the events, and what draws the next choice
 */
export function journey(
  messages: readonly Message[],
  choices: readonly number[],
): { events: Message[][]; next: () => number } {
  let at = 0;
  const next = () => choices[at++ % choices.length] ?? 0;
  const copies = messages.flatMap((message) => Array.from({ length: 1 + (next() % 3) }, () => message));
  for (let place = copies.length - 1; place > 0; place -= 1) {
    const other = (next() + place * 7919) % (place + 1);
    const [a, b] = [copies[place], copies[other]];
    if (a && b) [copies[place], copies[other]] = [b, a];
  }
  const events: Message[][] = [];
  while (copies.length > 0) events.push(copies.splice(0, 1 + (next() % 4)));
  return { events, next };
}

/** Choices repeat, so a message may fail each time it is delivered: after enough deliveries none fails any more. */
export function failingLess(next: () => number, { never }: { never: number }): () => number {
  let deliveries = 0;
  return () => (deliveries++ < 50 ? next() : never);
}
