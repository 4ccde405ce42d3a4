import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Account } from '../plan/account.ts';
import type { InboundMessage } from '../protocol/frames.ts';
import type { Channel } from './channel.ts';
import {
  ensureAllOrNoneEphemeral,
  parseMessages,
  sizeOf,
  toDraft,
  type Draft,
  type Sender,
} from './draft.ts';
import type { Origin } from './entry.ts';
import { messageSerial } from './serial.ts';

/** The parts of an app that a publish uses. */
export interface PublishTarget {
  account: Account;
  channels: { get(name: string): Channel };
  connections: { find(connectionKey: string): { id: string; clientId: string | undefined } | undefined };
}

export interface Publisher extends Sender {
  /** Prefix of the ids of messages without an id of their own: `base:index`. */
  idBase: string;
}

export interface PublishResult {
  serials: string[];
  ids: string[];
}

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
  const inbound = parseMessages(rawMessages);
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
  const size = sizeOf(drafts);
  if (size <= account.plan.messageSize) return size;
  throw account.exceeded('messageSize', `channel:${channel}`, size);
}
