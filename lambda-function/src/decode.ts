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

/** The change that one message requests. `timestamp` is when Ably received it, in ms. */
export type Change = { id: string; clientId: string; timestamp: number } & (
  | { kind: 'insert'; username: string; content: string }
  | { kind: 'edit'; content: string; targetId: string }
  | { kind: 'delete'; targetId: string }
);

/**
 * `clientId` is required: a message without an author could never be edited. Bounds as for an id.
 */
const AuthoredMessageSchema = v.object({ ...EnvelopedMessageSchema.entries, clientId: MessageIdSchema });

/**
 * Decodes one message of an envelope. Only the envelope carries identity; fields of `data` cannot
 * override it.
 * @throws InvalidInput with every problem, without quoting the message's text
 */
export function decodeMessage(message: unknown): Change {
  const { id, connectionId, clientId, timestamp, name, data, encoding } = parseInput(
    AuthoredMessageSchema,
    message,
    'The message',
  );
  ensureOwnId(id, connectionId);
  if (!isOutgoingName(name)) {
    throw new InvalidInput('The message', [
      `name: must be one of ${Object.keys(OUTGOING_MESSAGES).join(', ')}`,
    ]);
  }
  const author = { id, clientId, timestamp };
  const content = decodeData(data, encoding);
  switch (name) {
    case 'chatMsg':
      return { ...author, kind: 'insert', ...parseData(name, content) };
    case 'editedMsg': {
      const { content: text, msgIdToEdit } = parseData(name, content);
      return { ...author, kind: 'edit', content: text, targetId: msgIdToEdit };
    }
    case 'deletedMsg':
      return { ...author, kind: 'delete', targetId: parseData(name, content).msgIdToDelete };
  }
}

/** The id that Ably gives a message without one: `<connectionId>:<msgSerial>:<index>`. */
const GENERATED_ID = /^(.*):\d+:\d+$/s;

/**
 * Rejects an id that Ably will give to a message of another connection first: that message
 * would then be rejected. Connection ids are public, because presence shows them.
 */
function ensureOwnId(id: string, connectionId: string | undefined): void {
  const owner = GENERATED_ID.exec(id)?.[1];
  if (owner === undefined || owner === connectionId) return;
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
