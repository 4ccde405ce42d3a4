/** An author who publishes at a steady pace, without waiting for acknowledgements. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import type { ChatClient } from './client.ts';
import { Address, join } from './join.ts';
import { now } from '../clock.ts';

const Command = v.union([
  v.object({ address: Address }),
  /** Publishes messages numbered from `from`; the answer contains the time of each publish. */
  v.object({ from: v.number(), messages: v.number(), perSecond: v.number() }),
]);

/** Makes messages of ordinary length. */
const WORDS = 'words of an ordinary length, as people write them';
let author: ChatClient | undefined;
let rejections: string[] = [];

async function write(from: number, messages: number, perSecond: number) {
  const startedAt = now();
  const publishedAt: number[] = [];
  while (publishedAt.length < messages) {
    const due = Math.min(messages, 1 + Math.floor(((now() - startedAt) * perSecond) / 1_000));
    for (; publishedAt.length < due; publishedAt.push(now()))
      publish(`${from + publishedAt.length} ${WORDS}`);
    const nextAt = startedAt + (publishedAt.length * 1_000) / perSecond;
    if (publishedAt.length < messages) await delay(Math.max(0, nextAt - now()));
  }
  const answer = { publishedAt, seconds: (now() - startedAt) / 1_000, rejections };
  rejections = [];
  return answer;
}

function publish(text: string): void {
  author?.publish(randomUUID(), text).catch((error: unknown) => rejections.push(String(error)));
}

async function run(raw: unknown): Promise<object> {
  const command = v.parse(Command, raw);
  if ('from' in command) return write(command.from, command.messages, command.perSecond);
  author = await join(command.address, () => undefined);
  return {};
}

process.on('message', (raw) => {
  void run(raw).then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit(0));
process.send?.({});
