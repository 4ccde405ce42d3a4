import {
  HistoryPageSchema,
  parseInput,
  ROUTES,
  RowChangeMessageSchema,
  SessionSchema,
  type OutgoingName,
  type RowChange,
  type Session,
} from '@chat/contract';
import { Realtime, type InboundMessage, type RealtimeChannel } from 'ably';
import { randomUUID } from 'node:crypto';
import { createExpectations } from './expectations.ts';

/** One part of the round trip and its duration, in ms. */
export interface Hop {
  readonly name: string;
  readonly ms: number;
}

/**
 * Acts as a client of a running system: gets a token, publishes a message, edits and deletes it,
 * and waits for the row change each time. Deletes its message also when it fails.
 * @param site address of the page, without a path
 * @throws Error naming the hop that failed
 */
export type SmokeTest = (site: string) => Promise<Hop[]>;

const USERNAME = 'smoke test';

/** Covers a cold Lambda with a new database connection and Ably's first retry of a rule. In ms. */
const TIMEOUT = 30_000;

export function createSmokeTest(timeout = TIMEOUT): SmokeTest {
  return async (site) => {
    const hops: Hop[] = [];
    const timed = async <Value>(name: string, work: () => Promise<Value>): Promise<Value> => {
      const startedAt = performance.now();
      const value = await work();
      hops.push({ name, ms: Math.round(performance.now() - startedAt) });
      return value;
    };

    const session = await timed('token from ably-auth', () => requestSession(site));
    const client = connect(session);
    try {
      const { outgoing, incoming } = channelsOf(client, session);
      const rows = createExpectations<RowChange & { at: number }>(timeout);
      await timed('connection to Ably', () =>
        subscribe(incoming, (change, at) => rows.arrive({ ...change, at })),
      );
      await writeEditDelete({ site, outgoing, rows, timed, hops });
      return hops;
    } finally {
      client.close();
    }
  };
}

interface RoundTrips {
  site: string;
  outgoing: RealtimeChannel;
  rows: ReturnType<typeof createExpectations<RowChange & { at: number }>>;
  timed: <Value>(name: string, work: () => Promise<Value>) => Promise<Value>;
  hops: Hop[];
}

async function writeEditDelete({ site, outgoing, rows, timed, hops }: RoundTrips): Promise<void> {
  const id = `smoke-${randomUUID()}`;
  const publish = (name: OutgoingName, data: object, messageId: string = randomUUID()) =>
    outgoing.publish({ id: messageId, name, data });
  const content = `checked at ${new Date().toISOString()}`;

  const change = async (verb: string, type: RowChange['type'], send: () => Promise<unknown>) => {
    const row = rows.next(
      `the ${type} of ${id}`,
      (arrived) => arrived.type === type && arrived.row.msg_id === id,
    );
    // Awaited below; without this, a failed publish would leave an unhandled rejection.
    row.catch(() => undefined);
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
    // Readers must not keep the message. The first error is the one to report.
    await remove().catch(() => undefined);
    throw error;
  }
}

async function requestSession(site: string): Promise<Session> {
  const response = await fetch(`${site}${ROUTES.ablyAuth}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    signal: AbortSignal.timeout(TIMEOUT),
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
    // Only the row change that comes through the database counts.
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

async function subscribe(
  incoming: RealtimeChannel,
  arrive: (change: RowChange, at: number) => void,
): Promise<void> {
  const onMessage = (message: InboundMessage) =>
    arrive(parseInput(RowChangeMessageSchema, message.data, 'A row change'), Date.now());
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    const error = new Error(`Ably did not attach ${incoming.name} within ${TIMEOUT / 1_000} s`);
    timer = setTimeout(() => reject(error), TIMEOUT);
  });
  try {
    await Promise.race([incoming.subscribe(onMessage), expired]);
  } finally {
    clearTimeout(timer);
  }
}

async function findInHistory(site: string, id: string): Promise<void> {
  const response = await fetch(`${site}${ROUTES.chatHistory}?limit=20`, {
    signal: AbortSignal.timeout(TIMEOUT),
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
