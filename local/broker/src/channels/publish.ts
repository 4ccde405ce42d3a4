import * as v from 'valibot';
import { actingClientId } from '../auth/client-id.ts';
import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Account } from '../plan/account.ts';
import { payloadSize, toPayload, type Payload } from '../protocol/data.ts';
import { extrasSize, isEphemeral, parseMessageExtras, type Extras } from '../protocol/extras.ts';
import { InboundMessageSchema, type InboundMessage } from '../protocol/frames.ts';
import type { Channel } from './channel.ts';
import type { Origin, StoredMessage } from './entry.ts';
import { messageSerial } from './serial.ts';

/** The parts of an app that a publish uses. */
export interface PublishTarget {
  account: Account;
  channels: { get(name: string): Channel };
  connections: { find(connectionKey: string): { id: string; clientId: string | undefined } | undefined };
}

export interface Publisher {
  /** `*` may set any clientId, undefined none. */
  identity: string | undefined;
  /** Absent for REST. */
  connectionId?: string | undefined;
  /** Prefix of the ids of messages without an id of their own: `base:index`. */
  idBase: string;
  /** Returns true if it may set `extras.privileged`. */
  isPrivileged: () => boolean;
  /** Of the REST request or frame: `ephemeral`, and `_forceNack` for tests of clients. */
  params?: Readonly<Record<string, string>> | undefined;
}

export interface PublishResult {
  serials: string[];
  ids: string[];
}

type Sender = Pick<Publisher, 'identity' | 'connectionId' | 'isPrivileged' | 'params'>;

type Draft = Payload & Omit<StoredMessage, 'serial' | 'timestamp'>;

/**
 * Stores and delivers the messages of one publish: all of them or, if one is invalid, none. A
 * message whose client-assigned id is already stored keeps its first serial and is not delivered
 * again.
 * @returns serial and id of each message, in order
 * @throws WireError
 */
export function publish(
  app: PublishTarget,
  channelName: string,
  rawMessages: readonly unknown[],
  publisher: Publisher,
): PublishResult {
  if (rawMessages.length > limits.messagesPerPublish) {
    throw new WireError(
      Code.tooManyMessages,
      `The publish has ${rawMessages.length} messages; at most ${limits.messagesPerPublish} are allowed`,
    );
  }
  if (publisher.params?._forceNack === 'true') {
    throw new WireError(Code.forcedNack, 'The publish is rejected, as its param _forceNack demands');
  }
  const inbound = rawMessages.map(parseMessage);
  ensureConsistentIds(inbound);
  const sender = senderOf(app, inbound, publisher);
  const drafts = inbound.map((message, index) => toDraft(message, `${publisher.idBase}:${index}`, sender));
  const origin = {
    id: publisher.idBase,
    connectionId: sender.connectionId,
    size: ensureSize(drafts, app.account, channelName),
    isEphemeral: ensureAllOrNoneEphemeral(drafts),
  };
  const hasClientIds = inbound.some(({ id }) => id !== undefined);
  const channel = app.channels.get(channelName);
  channel.admit(drafts.length);
  return store(channel, drafts, hasClientIds, origin);
}

function toDraft(message: InboundMessage, newId: string, sender: Sender): Draft {
  const { id = newId, name } = message;
  const { identity, connectionId } = sender;
  const clientId = actingClientId(identity, message.clientId);
  const extras = extrasOf(message, sender);
  return { id, name, extras, clientId, connectionId, ...toPayload(message.data, message.encoding) };
}

function extrasOf(message: InboundMessage, { isPrivileged, params }: Sender): Extras | undefined {
  const extras = parseMessageExtras(message.extras);
  if (extras?.privileged !== undefined && !isPrivileged()) {
    throw new WireError(
      Code.capabilityDenied,
      'Capability does not allow extras.privileged: it needs privileged-headers',
    );
  }
  return params?.ephemeral === 'true' ? { ...extras, ephemeral: true } : extras;
}

/** @throws WireError 40032 for a mixture, of which Ably rejects the whole publish */
function ensureAllOrNoneEphemeral(drafts: readonly Draft[]): boolean {
  const ephemeral = drafts.filter(({ extras }) => isEphemeral(extras)).length;
  if (ephemeral === 0 || ephemeral === drafts.length) return ephemeral > 0;
  throw new WireError(Code.badExtras, 'Either all messages of a publish are ephemeral, or none');
}

/** Must stay synchronous, so that concurrent publishes of one id cannot both be stored. */
function store(
  channel: Channel,
  drafts: readonly Draft[],
  hasClientIds: boolean,
  origin: Origin,
): PublishResult {
  const serials = new Map<string, string>();
  const unstored = drafts.filter(({ id }) => {
    const duplicate = hasClientIds ? channel.log.messageWithId(id) : undefined;
    if (duplicate) serials.set(id, duplicate.serial);
    return !duplicate;
  });
  if (unstored.length > 0) {
    const entry = channel.publish(origin, (serial, timestamp) =>
      unstored.map((message, index) => ({ ...message, timestamp, serial: messageSerial(serial, index) })),
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
    throw new WireError(Code.notMutable, 'This channel does not support updating or deleting messages');
  }
  return parsed.output;
}

/** Several ids must be `base:0`, `base:1`, …, so that a retry is recognised as a whole. */
function ensureConsistentIds(messages: readonly InboundMessage[]): void {
  if (messages.length < 2 || messages.every(({ id }) => id === undefined)) return;
  const base = messages[0]?.id?.replace(/:0$/, '');
  if (messages.every(({ id }, index) => id === `${base}:${index}`)) return;
  throw new WireError(Code.badMessageIds, 'Ids of several messages must be <same base>:<index from 0>');
}

/** A publisher that knows the key of a live connection may publish on behalf of it. */
function senderOf(app: PublishTarget, messages: readonly InboundMessage[], publisher: Publisher): Sender {
  const key = messages.find(({ connectionKey }) => connectionKey !== undefined)?.connectionKey;
  if (key === undefined) return publisher;
  const connection = app.connections.find(key);
  if (!connection) {
    throw new WireError(Code.unknownConnectionKey, 'No connection has the connectionKey of the message');
  }
  const isIdentified = connection.clientId !== undefined && connection.clientId !== '*';
  return {
    ...publisher,
    connectionId: connection.id,
    identity: isIdentified ? connection.clientId : publisher.identity,
  };
}

function ensureSize(drafts: readonly Draft[], account: Account, channel: string): number {
  const size = drafts.reduce(
    (sum, draft) =>
      sum + textSize(draft.name) + textSize(draft.clientId) + extrasSize(draft.extras) + payloadSize(draft),
    0,
  );
  if (size <= account.plan.messageSize) return size;
  throw account.exceeded('messageSize', `channel:${channel}`, size);
}

const textSize = (text: string | undefined) => Buffer.byteLength(text ?? '');
