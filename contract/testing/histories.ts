import fc from 'fast-check';
import type { Message } from './messages.ts';

/*
 * Generated chats, and the ways in which Ably and AWS may deliver their messages: repeated,
 * reordered, split into events, failed and retried, concurrent.
 */

/** Few authors and moments, so that ties and rejected changes are common. */
const author = fc.constantFrom('ann', 'bob', 'eve');

/** A message with the edits and deletions that follow it. */
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

/**
 * Numbers that decide on repeats, order, event sizes and failures; `journey` reuses them in a
 * cycle.
 */
export const travel = fc.array(fc.nat({ max: 1_000_000 }), { minLength: 8, maxLength: 40 });

/**
 * Returns the messages of a chat as published.
 * @param prefix starts every id, to keep the cases of one run apart
 */
export function publish(prefix: string, chat: readonly Thread[]): Message[] {
  let content = 0;
  return chat.flatMap(({ clientId, timestamp, followers }, n): Message[] => {
    const id = `${prefix}m${n}`;
    return [
      { kind: 'insert', id, clientId, timestamp, username: clientId, content: `text ${content++}` },
      ...followers.map((follower, index): Message => ({
        kind: follower.kind === 'delete' ? 'delete' : 'edit',
        id: `${id}f${index}`,
        clientId: follower.clientId,
        timestamp: timestamp + follower.delay,
        ...(follower.kind === 'edit' && { username: 'renamed', content: `text ${content++}` }),
        targetId: id,
      })),
    ];
  });
}

/**
 * Repeats and shuffles the messages, and splits them into events of at most four.
 * @returns the events, and a function that draws the next choice
 */
export function journey(
  messages: readonly Message[],
  choices: readonly number[],
): { events: Message[][]; next: () => number } {
  let drawn = 0;
  const next = () => choices[drawn++ % choices.length] ?? 0;
  const copies = messages.flatMap((message) => Array.from({ length: 1 + (next() % 3) }, () => message));
  for (let index = copies.length - 1; index > 0; index -= 1) {
    const other = (next() + index * 7919) % (index + 1);
    const [a, b] = [copies[index], copies[other]];
    if (a && b) [copies[index], copies[other]] = [b, a];
  }
  const events: Message[][] = [];
  while (copies.length > 0) events.push(copies.splice(0, 1 + (next() % 4)));
  return { events, next };
}

/**
 * Bounds the failures of a case: the choices repeat, so that the same message might fail at every
 * delivery. After 50 deliveries it always returns `never`, the choice that means success.
 */
export function failingLess(next: () => number, { never }: { never: number }): () => number {
  let deliveries = 0;
  return () => (deliveries++ < 50 ? next() : never);
}
