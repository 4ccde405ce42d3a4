import * as v from 'valibot';
import { actingClientId } from '../auth/client-id.ts';
import { Code, WireError } from '../errors.ts';
import { payloadSize, toPayload, type Payload } from '../protocol/data.ts';
import { extrasSize, isEphemeral, parseMessageExtras, type Extras } from '../protocol/extras.ts';
import { InboundMessageSchema, type InboundMessage } from '../protocol/frames.ts';
import type { StoredMessage } from './entry.ts';

/** Who publishes. */
export interface Sender {
  /** `*` may set any clientId, undefined none. */
  identity: string | undefined;
  /** Absent for REST. */
  connectionId?: string | undefined;
  /** Returns true if it may set `extras.privileged`. */
  isPrivileged: () => boolean;
  /** Of the REST request or frame: `ephemeral`, and `_forceNack` for tests of clients. */
  params?: Readonly<Record<string, string>> | undefined;
}

/** A message that is ready to be stored, before its channel gives it a place and a time. */
export type Draft = Payload & Omit<StoredMessage, 'serial' | 'timestamp'>;

/** @throws WireError for a message of another shape, or ids that do not belong together */
export function parseMessages(raw: readonly unknown[]): InboundMessage[] {
  const messages = raw.map(parseMessage);
  ensureConsistentIds(messages);
  return messages;
}

/** @throws WireError for what this sender may not publish */
export function toDraft(message: InboundMessage, newId: string, sender: Sender): Draft {
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
export function ensureAllOrNoneEphemeral(drafts: readonly Draft[]): boolean {
  const ephemeral = drafts.filter(({ extras }) => isEphemeral(extras)).length;
  if (ephemeral === 0 || ephemeral === drafts.length) return ephemeral > 0;
  throw new WireError(Code.badExtras, 'Either all messages of a publish are ephemeral, or none');
}

/** Bytes that count towards the limit of one publish. */
export function sizeOf(drafts: readonly Draft[]): number {
  return drafts.reduce(
    (sum, draft) =>
      sum + textSize(draft.name) + textSize(draft.clientId) + extrasSize(draft.extras) + payloadSize(draft),
    0,
  );
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

const textSize = (text: string | undefined) => Buffer.byteLength(text ?? '');
