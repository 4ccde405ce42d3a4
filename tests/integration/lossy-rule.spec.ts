import { OUTGOING_CHANNEL, type ChatRow } from '@chat/contract';
import { joinChat, type Participant } from '@chat/participant';
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { test, type LossyChat } from '../support/lossy-chat.ts';

/**
 * Messages to send; every third is edited twice as well. For an idle machine and a quarter of an
 * hour:
 *
 *     DELIVERY_MESSAGES=10000 npm test -- tests/integration/lossy-rule.spec.ts
 */
const MESSAGES = Number(process.env.DELIVERY_MESSAGES ?? 200);
const AUTHORS = 20;
/** ms: far more than it takes. */
const TIME_LIMIT = 120_000 + 120 * MESSAGES;

/** The rule's faults, as shares of the messages that Ably acknowledged, and ms of reordering. */
const FAULTS = { lossShare: 0.2, duplicateShare: 0.1, reorderWithin: 400 };

async function join({ connect, query }: LossyChat, author: string): Promise<Participant> {
  return joinChat({
    client: await connect(author),
    username: author,
    catchUp: async () => {
      const rows = await query<{ row: ChatRow }>(
        'select to_jsonb(chat) as row from chat_data as chat where client_id = $1',
        [author],
      );
      return rows.map(({ row }) => ({ type: 'UPDATE' as const, row }));
    },
    // As the page waits, except that few messages need no patience.
    ...(MESSAGES < 1_000 && { firstWait: 1_500, longestWait: 6_000 }),
  });
}

/** Resolves once everything came back. Returns what the author intends: message id → text. */
async function write(participant: Participant, author: string, count: number): Promise<[string, string][]> {
  return Promise.all(
    Array.from({ length: count }, async (_, n): Promise<[string, string]> => {
      const id = randomUUID();
      const text = `${author}, message ${n}`;
      await participant.send(text, id);
      if (n % 3 !== 0) return [id, text];
      const last = `${text}, corrected again`;
      await Promise.all([participant.edit(id, `${text}, corrected`), participant.edit(id, last)]);
      return [id, last];
    }),
  );
}

test(
  'through a rule that loses a fifth, repeats a tenth and reorders, every message is stored once, with its last text',
  { timeout: TIME_LIMIT },
  async ({ startChat, annotate }) => {
    const chat = await startChat({ channelFilter: `^${OUTGOING_CHANNEL}$`, ...FAULTS });
    const startedAt = performance.now();
    const authors = Array.from({ length: AUTHORS }, (_, index) => `author ${index}`);
    const participants = await Promise.all(authors.map((author) => join(chat, author)));
    const intended = await Promise.all(
      participants.map((each, index) => write(each, authors[index] ?? '', Math.ceil(MESSAGES / AUTHORS))),
    );

    const stored = await chat.query<{ msg_id: string; msg_data: string }>(
      'select msg_id, msg_data from chat_data',
    );
    expect(new Map(stored.map(({ msg_id, msg_data }) => [msg_id, msg_data]))).toEqual(
      new Map(intended.flat()),
    );
    const repeats = participants.reduce((sum, each) => sum + each.repeats, 0);
    const { delivered } = chat.counts;
    await annotate(
      `${stored.length} messages in ${Math.round((performance.now() - startedAt) / 1_000)} s: ` +
        `${chat.counts.lost} lost and ${delivered} delivered by the rule, ${repeats} published again`,
    );
    expect(chat.counts.lost, 'the rule loses messages').toBeGreaterThan(0.1 * delivered);
    expect(repeats, 'the authors publish again').toBeGreaterThan(0.1 * stored.length);
  },
);
