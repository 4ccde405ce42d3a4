import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  INCOMING_CHANNEL,
  OUTGOING_CHANNEL,
  parseInput,
  REWIND,
  RowChangeMessageSchema,
} from '@chat/contract';
import type { ChatRow, OutgoingName, RowChange } from '@chat/contract';
import type * as Ably from 'ably';
import { createPace } from './pace.ts';
import { createRows, type Rows } from './rows.ts';

export interface ParticipantOptions {
  /** With a clientId; its owner closes it. */
  client: Ably.Realtime;
  username: string;
  /** Reads what changed lately, as the page does when it may have missed something. */
  catchUp(): Promise<readonly Pick<RowChange, 'type' | 'row'>[]>;
  /** How long to wait for the row after an acknowledgement, ms; it doubles up to the longest. */
  firstWait?: number;
  longestWait?: number;
}

/** A person in the chat who, as the page does, publishes again what has not come back. */
export interface Participant {
  readonly rows: Rows;
  /** Publishes that repeated an acknowledged one whose row did not come. */
  readonly repeats: number;
  /** Resolves with the id once the message's row is there. */
  send(content: string, id?: string): Promise<string>;
  /** Resolves once the row shows the edit, or a later one of this participant. */
  edit(msgId: string, content: string): Promise<void>;
  remove(msgId: string): Promise<void>;
}

/** Resolves once the participant follows the row changes. */
export async function joinChat(options: ParticipantOptions): Promise<Participant> {
  const { client, username, catchUp, firstWait = 10_000, longestWait = 80_000 } = options;
  const rows = createRows();
  const pace = createPace();
  const outgoing = client.channels.get(OUTGOING_CHANNEL);
  /** Target → its newest edit, in the order of `madeAt`. */
  const newestEdits = new Map<string, { id: string; madeAt: number }>();
  let repeats = 0;

  let reading: Promise<void> | undefined;
  /** One read serves all that wait for it: hundreds may be due in the same second. */
  const readMissed = () =>
    (reading ??= catchUp()
      .then((changes) => changes.forEach(rows.apply))
      .finally(() => (reading = undefined)));

  async function perform(id: string, name: OutgoingName, data: object, isDone: () => boolean): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const ablyId = attempt === 1 ? id : `${id}~${attempt}`;
      await publishOnce(outgoing, { id: ablyId, name, data: { ...data, id } }, pace);
      const wait = Math.min(longestWait, firstWait * 2 ** (attempt - 1)) * (1 + Math.random() / 4);
      if (await isSoon(isDone, rows, wait)) return;
      await readMissed();
      if (isDone()) return;
      repeats += 1;
    }
  }

  await follow(client, rows, readMissed);
  return {
    rows,
    get repeats() {
      return repeats;
    },
    async send(content, id = randomUUID()) {
      await perform(id, 'chatMsg', { username, content }, () => rows.byId.has(id) || rows.isDeleted(id));
      return id;
    },
    async edit(msgId, content) {
      const madeAt = Math.max(Date.now(), (newestEdits.get(msgId)?.madeAt ?? 0) + 1);
      // Increasing, too: of edits that arrive in one ms, the greater identity wins.
      const id = `${madeAt}-${randomUUID()}`;
      newestEdits.set(msgId, { id, madeAt });
      const isShown = (row: ChatRow | undefined) =>
        row?.msg_data === content || BigInt(row?.edited_at_timestamp ?? 0) >= madeAt;
      await perform(
        id,
        'editedMsg',
        { username, content, msgIdToEdit: msgId, madeAt },
        () => rows.isDeleted(msgId) || newestEdits.get(msgId)?.id !== id || isShown(rows.byId.get(msgId)),
      );
    },
    remove: (msgId) =>
      perform(randomUUID(), 'deletedMsg', { msgIdToDelete: msgId }, () => rows.isDeleted(msgId)),
  };
}

async function follow(client: Ably.Realtime, rows: Rows, readMissed: () => Promise<void>): Promise<void> {
  const incoming = client.channels.get(`[?rewind=${REWIND}]${INCOMING_CHANNEL}`);
  incoming.on(['attached', 'update'], ({ resumed }) => {
    if (!resumed) void readMissed();
  });
  await incoming.subscribe(({ data }) => rows.apply(parseInput(RowChangeMessageSchema, data, 'row change')));
}

/** How long to wait before the same publish is tried again, ms. */
const RETRY = { first: 100, longest: 5_000 };

/** Repeats a publish under one Ably id until Ably acknowledges it. */
async function publishOnce(
  channel: Ably.RealtimeChannel,
  message: { id: string; name: string; data: object },
  pace: { passed(): Promise<void> },
): Promise<void> {
  for (let failures = 0; ; failures += 1) {
    await pace.passed();
    try {
      await channel.publish(message);
      return;
    } catch (error) {
      const status = (error as Ably.ErrorInfo).statusCode;
      const mayPass = status === undefined || status === 429 || status >= 500 || status === 408;
      if (!mayPass) throw error;
      await delay(Math.min(RETRY.longest, RETRY.first * 2 ** failures) * (0.5 + Math.random()));
    }
  }
}

/** Resolves true once the condition holds after a change of the rows, or false after the time, ms. */
function isSoon(condition: () => boolean, rows: Rows, ms: number): Promise<boolean> {
  if (condition()) return Promise.resolve(true);
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      stop();
      resolve(condition());
    };
    const timer = setTimeout(finish, ms);
    const stop = rows.onChange(() => condition() && finish());
  });
}
