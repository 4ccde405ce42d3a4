import { OUTGOING_MESSAGES, type RowChange } from '@chat/contract';
import * as v from 'valibot';
import { PublishFailed } from '~/api/publish-failure';
import type { Published } from '../support/fake-api';
import type { Chances } from './chances';
import type { Change, ChatDatabase } from './chat-database';

/** ms during which Ably discards a repeated id. */
const IDEMPOTENT_FOR = 120_000;
/** ms after which AWS repeats a failed event. */
const RETRIES = [60_000, 120_000];

/** Everything between page and row: Ably, its rule, AWS and the connector, at their worst. */
export function createNetwork(database: ChatDatabase, chances: Chances) {
  const seen = new Map<string, number>();
  const receivers = new Set<(change: RowChange) => void>();
  let underWay: Promise<unknown> = Promise.resolve();
  let waiting: Change[] = [];
  let lastTimestamp = 0;
  let isOver = false;

  /** The page's call ends as the network decides, whether or not Ably has accepted the message. */
  async function publish(clientId: string, message: Published): Promise<void> {
    await after(chances.delay(0, 20, 400));
    if (chances.fault(8)) throw new PublishFailed('rateLimited', { message: 'rate limit exceeded' });
    const isLost = chances.fault(10);
    if (!isLost) accept(clientId, message);
    await after(chances.delay(0, 20, 400));
    if (isLost || chances.fault(10)) throw new PublishFailed('connection', { message: 'connection lost' });
  }

  function accept(clientId: string, message: Published): void {
    const now = Date.now();
    const before = seen.get(message.id);
    if (before !== undefined && now - before < IDEMPOTENT_FOR) return;
    seen.set(message.id, now);
    lastTimestamp = Math.max(lastTimestamp, now);
    const change = decode(clientId, lastTimestamp, message);
    if (chances.fault(25)) return; // at the rule, although Ably acknowledges it
    for (let copies = chances.fault(10) ? 2 : 1; copies > 0; copies -= 1) {
      setTimeout(() => deliver(change), chances.delay(0, 30, 500, 4_000, 24_000));
    }
  }

  /** What is under way at the same time may become one event, as with a stream. */
  function deliver(change: Change): void {
    waiting.push(change);
    if (chances.fault(30)) return void setTimeout(() => flush(), 5_000);
    flush();
  }

  function flush(): void {
    const event = waiting;
    waiting = [];
    if (event.length > 0) invoke(event);
  }

  function invoke(event: Change[], attempt = 0): void {
    void track(async () => {
      const retry = () => {
        const delay = RETRIES[attempt];
        if (delay !== undefined) setTimeout(() => invoke(event, attempt + 1), delay);
      };
      if (chances.fault(10)) return retry(); // failed before the commit
      const outcomes = await database.apply(event);
      await capture();
      if (outcomes.includes('missing-target') || chances.fault(10)) retry();
    });
  }

  /** The connector: every tab gets the row changes so far. */
  async function capture(): Promise<void> {
    for (const change of await database.drain()) receivers.forEach((receive) => receive(change));
  }

  /** Runs in turn what reads or writes the database, so that a case can be repeated. */
  function track<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = underWay.then(() => (isOver ? new Promise<never>(() => undefined) : work()));
    underWay = isOver ? underWay : result;
    return result;
  }

  return {
    publish,
    track,
    /** Another program changes the table. */
    change: <Result>(work: () => Promise<Result>) => track(() => work().finally(capture)),
    /** Resolves once the database has answered everything, and the page has acted on that. */
    async settled(): Promise<void> {
      for (let before; before !== underWay;) {
        before = underWay;
        await before;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    /** Nothing happens any more. */
    async end(): Promise<void> {
      isOver = true;
      await underWay;
    },
    subscribe: (receive: (change: RowChange) => void) => void receivers.add(receive),
    unsubscribe: (receive: (change: RowChange) => void) => void receivers.delete(receive),
  };
}

export type Network = ReturnType<typeof createNetwork>;

/** As chat-writer does: `data` names the identity, and when an edit was made. */
function decode(clientId: string, receivedAt: number, { name, data, id }: Published): Change {
  const author = { clientId, timestamp: receivedAt };
  if (name === 'editedMsg') {
    const edit = v.parse(OUTGOING_MESSAGES.editedMsg, data);
    const timestamp = Math.min(edit.madeAt ?? receivedAt, receivedAt);
    const { content, msgIdToEdit: targetId } = edit;
    return { ...author, timestamp, kind: 'edit', id: edit.id ?? id, content, targetId };
  }
  if (name === 'deletedMsg') {
    const deletion = v.parse(OUTGOING_MESSAGES.deletedMsg, data);
    return { ...author, kind: 'delete', id: deletion.id ?? id, targetId: deletion.msgIdToDelete };
  }
  const message = v.parse(OUTGOING_MESSAGES.chatMsg, data);
  return { ...author, kind: 'insert', id: message.id ?? id, content: message.content };
}

const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
