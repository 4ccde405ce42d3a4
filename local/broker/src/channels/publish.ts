import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { App } from '../apps/app.ts';
import { actingClientId, type Principal } from '../auth/authenticate.ts';
import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import { payloadSize, toPayload, type Payload } from '../protocol/data.ts';
import { InboundMessageSchema, type InboundMessage } from '../protocol/frames.ts';
import type { Origin, StoredMessage } from './entry.ts';
import { extrasSize } from './extras.ts';
import { messageSerial } from './serial.ts';

export interface Publisher {
  /** `*` may stamp any clientId, undefined none. */
  identity: string | undefined;
  /** Absent for REST. */
  connectionId?: string | undefined;
  /** Prefix for the ids of messages that bring none: `base:index`. */
  idBase: string;
}

type Sender = Pick<Publisher, 'identity' | 'connectionId'>;

type Draft = Payload & Omit<StoredMessage, 'serial' | 'timestamp'>;

/**
 * Stores and delivers the messages of one publish: all or, when any is refused, none. A message whose client-given id
 * is already stored keeps its first serial and is not delivered again.
 * @returns serial and id of each message, in order
 * @throws WireError saying what is wrong
 */
export function publish(
  app: App,
  channelName: string,
  rawMessages: readonly unknown[],
  publisher: Publisher,
): { serials: string[]; ids: string[] } {
  if (rawMessages.length > limits.messagesPerPublish) {
    throw new WireError(Code.tooManyMessages, `At most ${limits.messagesPerPublish} messages in one publish`);
  }
  const inbound = rawMessages.map(parseMessage);
  ensureConsistentIds(inbound);
  const sender = senderOf(app, inbound, publisher);
  const drafts = inbound.map((message, index) => draft(message, `${publisher.idBase}:${index}`, sender));
  const size = ensureSize(drafts);
  const bringsIds = inbound.some(({ id }) => id !== undefined);
  return store(app, channelName, drafts, bringsIds, {
    id: publisher.idBase,
    connectionId: sender.connectionId,
    size,
  });
}

/** What a REST client is told of its publish. */
export function publishOverRest(
  { app, clientId: identity }: Principal,
  channelName: string,
  messages: readonly unknown[],
): { messageId: string | undefined; serials: string[] } {
  const idBase = randomBytes(9).toString('base64url');
  const { serials, ids } = publish(app, channelName, messages, { identity, idBase });
  return { messageId: ids[0], serials };
}

function draft(message: InboundMessage, freshId: string, { identity, connectionId }: Sender): Draft {
  const { id = freshId, name, extras } = message;
  const clientId = actingClientId(identity, message.clientId);
  return { id, name, extras, clientId, connectionId, ...toPayload(message.data, message.encoding) };
}

/** Looks for repetitions and inserts in one go: concurrent publishes with one id cannot both get through. */
function store(
  app: App,
  channelName: string,
  drafts: readonly Draft[],
  bringsIds: boolean,
  origin: Origin,
): { serials: string[]; ids: string[] } {
  const channel = app.channels.get(channelName);
  const serials = new Map<string, string>();
  const fresh = drafts.filter(({ id }) => {
    const known = bringsIds ? channel.log.messageWithId(id) : undefined;
    if (known) serials.set(id, known.serial);
    return !known;
  });
  if (fresh.length > 0) {
    const entry = channel.publish(origin, (serial, timestamp) =>
      fresh.map((message, index) => ({ ...message, timestamp, serial: messageSerial(serial, index) })),
    );
    for (const { id, serial } of entry.items) serials.set(id, serial);
  }
  const ids = drafts.map(({ id }) => id);
  return { ids, serials: ids.map((id) => serials.get(id) ?? '') };
}

function parseMessage(raw: unknown): InboundMessage {
  const parsed = v.safeParse(InboundMessageSchema, raw);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new WireError(Code.badRequest, `Invalid message: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}`);
  }
  if ((parsed.output.action ?? 0) !== 0) {
    throw new WireError(
      Code.notMutable,
      'Updating, deleting and appending to messages is not supported on this channel',
    );
  }
  return parsed.output;
}

/** With more than one message, ids must be `base:0`, `base:1`, …, so that a retry can be recognised as a whole. */
function ensureConsistentIds(messages: readonly InboundMessage[]): void {
  if (messages.length < 2 || messages.every(({ id }) => id === undefined)) return;
  const base = messages[0]?.id?.replace(/:0$/, '');
  if (messages.every(({ id }, index) => id === `${base}:${index}`)) return;
  throw new WireError(Code.badMessageIds, 'Ids of several messages must be <same base>:<index from 0>');
}

/** A publish may be made on behalf of a live connection, by whoever knows its key. */
function senderOf(app: App, messages: readonly InboundMessage[], publisher: Publisher): Sender {
  const key = messages.find(({ connectionKey }) => connectionKey !== undefined)?.connectionKey;
  if (key === undefined) return publisher;
  const connection = app.connections.find(key);
  if (!connection) {
    throw new WireError(Code.unknownConnectionKey, 'No connection has the connectionKey of the message');
  }
  const isNamed = connection.clientId !== undefined && connection.clientId !== '*';
  return { connectionId: connection.id, identity: isNamed ? connection.clientId : publisher.identity };
}

function ensureSize(drafts: readonly Draft[]): number {
  const size = drafts.reduce(
    (sum, draft) =>
      sum + textSize(draft.name) + textSize(draft.clientId) + extrasSize(draft.extras) + payloadSize(draft),
    0,
  );
  if (size <= limits.maxMessageSize) return size;
  throw new WireError(
    Code.tooLarge,
    `The publish has ${size} bytes; at most ${limits.maxMessageSize} are allowed`,
  );
}

const textSize = (text: string | undefined) => Buffer.byteLength(text ?? '');
