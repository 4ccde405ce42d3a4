import {
  HistoryPageSchema,
  parseInput,
  RowChangeMessageSchema,
  SessionSchema,
  type OutgoingName,
  type RowChange,
  type Session,
} from '@chat/contract';
import { Realtime, type InboundMessage, type RealtimeChannel } from 'ably';
import { randomUUID } from 'node:crypto';
import { createExpectations } from './expectations.ts';

/** One leg of the way and how long it took, in ms. */
export interface Hop {
  readonly name: string;
  readonly ms: number;
}

/**
 * Goes the way of a person through a running system: gets a token, publishes a message, edits and deletes it, and waits each
 * time for the row to come back. Leaves nothing behind, also when it fails.
 * @param site its address, without a path
 * @throws Error naming the hop that did not arrive
 */
export type SmokeTest = (site: string) => Promise<Hop[]>;

const USERNAME = 'smoke test';

/** A cold Lambda with a cold connection takes seconds; Ably's first retry of a rule comes later. In ms. */
const PATIENCE = 30_000;

export function createSmokeTest(patience = PATIENCE): SmokeTest {
  return async (site) => {
    const hops: Hop[] = [];
    const timed = async <Value>(name: string, work: () => Promise<Value>): Promise<Value> => {
      const startedAt = performance.now();
      const value = await work();
      hops.push({ name, ms: Math.round(performance.now() - startedAt) });
      return value;
    };

    const session = await timed('token from ably-auth', () => openSession(site));
    const client = connect(session);
    try {
      const { outgoing, incoming } = channelsOf(client, session);
      const rows = createExpectations<RowChange & { at: number }>(patience);
      await timed('connection to Ably', () =>
        listen(incoming, (change, at) => rows.arrive({ ...change, at })),
      );
      await writeEditDelete({ site, outgoing, rows, timed, hops });
      return hops;
    } finally {
      client.close();
    }
  };
}

interface Way {
  site: string;
  outgoing: RealtimeChannel;
  rows: ReturnType<typeof createExpectations<RowChange & { at: number }>>;
  timed: <Value>(name: string, work: () => Promise<Value>) => Promise<Value>;
  hops: Hop[];
}

async function writeEditDelete({ site, outgoing, rows, timed, hops }: Way): Promise<void> {
  const id = `smoke-${randomUUID()}`;
  const publish = (name: OutgoingName, data: object, messageId: string = randomUUID()) =>
    outgoing.publish({ id: messageId, name, data });
  const content = `checked at ${new Date().toISOString()}`;

  const change = async (verb: string, type: RowChange['type'], send: () => Promise<unknown>) => {
    const row = rows.next(
      `the ${type} of ${id}`,
      (arrived) => arrived.type === type && arrived.row.msg_id === id,
    );
    row.catch(() => undefined); // awaited below; until then a failed publish must be the only error
    const sentAt = Date.now();
    await timed(`${verb}: accepted by Ably`, send);
    const { at } = await row;
    hops.push({ name: `${verb}: Lambda, database, connector, back`, ms: at - sentAt });
  };

  const remove = () => publish('deletedMsg', { msgIdToDelete: id });
  try {
    await change('publish', 'INSERT', () => publish('chatMsg', { username: USERNAME, content }, id));
    await timed('history: Netlify, Lambda, database', () => findInHistory(site, id));
    const edited = { username: USERNAME, content: `${content}, edited`, msgIdToEdit: id };
    await change('edit', 'UPDATE', () => publish('editedMsg', edited));
    await change('delete', 'DELETE', remove);
  } catch (error) {
    // Whatever is slow or broken behind Ably: nobody shall go on reading the message. The first error is the one to tell.
    await remove().catch(() => undefined);
    throw error;
  }
}

async function openSession(site: string): Promise<Session> {
  const response = await fetch(`${site}/.netlify/functions/ably-auth`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    signal: AbortSignal.timeout(PATIENCE),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`ably-auth answered ${response.status}: ${text.slice(0, 300)}`);
  return parseInput(SessionSchema, JSON.parse(text), 'The answer of ably-auth');
}

function connect({ tokenRequest, config }: Session): Realtime {
  const { ably } = config;
  return new Realtime({
    authCallback: (_params, callback) => callback(null, tokenRequest),
    clientId: tokenRequest.clientId,
    // What arrives is ours again through the database alone.
    echoMessages: false,
    logLevel: 0,
    ...(ably && { endpoint: ably.endpoint, port: ably.port, tlsPort: ably.port, tls: ably.tls }),
  });
}

function channelsOf(client: Realtime, { config: { channels } }: Session) {
  return {
    outgoing: client.channels.get(channels.outgoing),
    incoming: client.channels.get(channels.incoming),
  };
}

async function listen(
  incoming: RealtimeChannel,
  arrive: (change: RowChange, at: number) => void,
): Promise<void> {
  const onMessage = (message: InboundMessage) =>
    arrive(parseInput(RowChangeMessageSchema, message.data, 'A row change'), Date.now());
  let patience: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    patience = setTimeout(() => reject(new Error(`Ably did not attach ${incoming.name} in time`)), PATIENCE);
  });
  try {
    await Promise.race([incoming.subscribe(onMessage), silence]);
  } finally {
    clearTimeout(patience);
  }
}

async function findInHistory(site: string, id: string): Promise<void> {
  const response = await fetch(`${site}/.netlify/functions/chat-history?limit=20`, {
    signal: AbortSignal.timeout(PATIENCE),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`chat-history answered ${response.status}: ${text.slice(0, 300)}`);
  const { rows } = parseInput(HistoryPageSchema, JSON.parse(text), 'The answer of chat-history');
  if (!rows.some((row) => row.msg_id === id)) throw new Error(`chat-history does not have the message ${id}`);
}

export function formatHops(hops: readonly Hop[]): string[] {
  const width = Math.max(...hops.map(({ name }) => name.length));
  return hops.map(({ name, ms }) => `  ${name.padEnd(width)}  ${String(ms).padStart(6)} ms`);
}
