import {
  EnvelopedMessageSchema,
  InvalidInput,
  MessageIdSchema,
  OUTGOING_MESSAGES,
  parseInput,
  quote,
} from '@chat/contract';
import type { EnvelopedMessage, OutgoingName } from '@chat/contract';
import * as v from 'valibot';

/** The change that one message requests. */
export type Change = {
  /** The identity of what the person did, the same whenever the client publishes it again. */
  id: string;
  clientId: string;
  /** When Ably received this attempt, ms since the epoch. */
  receivedAt: number;
  /** The time that orders it, ms since the epoch: of an edit when it was made, else `receivedAt`. */
  timestamp: number;
} & (
  | { kind: 'insert'; username: string; content: string }
  | { kind: 'edit'; content: string; targetId: string }
  | { kind: 'delete'; targetId: string }
);

/**
 * `clientId` is required: a message without an author could never be edited. Bounds as for an id.
 */
const AuthoredMessageSchema = v.object({ ...EnvelopedMessageSchema.entries, clientId: MessageIdSchema });

/**
 * Decodes one message of an envelope. Only the envelope names the author, and when Ably received the
 * message; `data` may name what identifies it and, not after that, when an edit was made.
 * @throws InvalidInput with every problem, without quoting the message's text
 */
export function decodeMessage(message: unknown): Change {
  const envelope = parseInput(AuthoredMessageSchema, message, 'The message');
  const { clientId, timestamp: receivedAt, name } = envelope;
  if (!isOutgoingName(name)) {
    throw new InvalidInput('The message', [
      `name: must be one of ${Object.keys(OUTGOING_MESSAGES).join(', ')}`,
    ]);
  }
  const content = decodeData(envelope.data, envelope.encoding);
  const received = (id: string | undefined) => ({
    id: id ?? ownAblyId(envelope),
    clientId,
    receivedAt,
    timestamp: receivedAt,
  });
  switch (name) {
    case 'chatMsg': {
      const { id, ...text } = parseData(name, content);
      return { ...received(id), kind: 'insert', ...text };
    }
    case 'editedMsg': {
      const { id, content: text, msgIdToEdit, madeAt = receivedAt } = parseData(name, content);
      // An author whose clock is ahead could not edit a message again until that time has come.
      const timestamp = Math.min(madeAt, receivedAt);
      return { ...received(id), timestamp, kind: 'edit', content: text, targetId: msgIdToEdit };
    }
    case 'deletedMsg': {
      const { id, msgIdToDelete } = parseData(name, content);
      return { ...received(id), kind: 'delete', targetId: msgIdToDelete };
    }
  }
}

/** The id that Ably gives a message without one: `<connectionId>:<msgSerial>:<index>`. */
const GENERATED_ID = /^(.*):\d+:\d+$/s;

/**
 * Returns the Ably id, which identifies a message whose data names no id. Rejects an id that Ably
 * will give to a message of another connection first: that message would then be rejected.
 * Connection ids are public, because presence shows them.
 */
function ownAblyId({ id, connectionId }: EnvelopedMessage): string {
  const owner = GENERATED_ID.exec(id)?.[1];
  if (owner === undefined || owner === connectionId) return id;
  throw new InvalidInput('The message', [
    `id: ${quote(id)} has the form of an id that Ably generates for another connection`,
  ]);
}

function isOutgoingName(name: string | undefined): name is OutgoingName {
  return name !== undefined && Object.hasOwn(OUTGOING_MESSAGES, name);
}

function parseData<Name extends OutgoingName>(
  name: Name,
  data: unknown,
): v.InferOutput<(typeof OUTGOING_MESSAGES)[Name]> {
  return parseInput(OUTGOING_MESSAGES[name], data, `The data of ${name}`);
}

/**
 * Ably appends each encoding step to `encoding`, so steps are undone from the right. A published
 * object arrives as text with `json`, bytes as `base64`.
 */
function decodeData(data: EnvelopedMessage['data'], encoding: string | undefined): unknown {
  let decoded = data;
  for (const step of (encoding ?? '').split('/').filter(Boolean).reverse()) {
    decoded = undo(step, decoded);
  }
  return decoded;
}

function undo(step: string, data: unknown): unknown {
  if (step === 'base64' && typeof data === 'string') return Buffer.from(data, 'base64');
  if (step === 'utf-8' && Buffer.isBuffer(data)) return data.toString('utf8');
  if (step === 'json' && (typeof data === 'string' || Buffer.isBuffer(data))) return parseJson(String(data));
  // Some senders decode the data but leave the step in `encoding`.
  if (step === 'json' && typeof data === 'object') return data;
  throw new InvalidInput('The message', [`encoding: ${quote(step)} cannot be decoded from ${typeof data}`]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message would quote the text.
    throw new InvalidInput('The message', ['data: must be JSON, as its encoding names it']);
  }
}
