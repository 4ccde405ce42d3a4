import * as v from 'valibot';
import { MessageIdSchema } from './outgoing-messages.ts';

/**
 * One message inside an Ably rule's envelope. `data` is never parsed by Ably: an object arrives as JSON text with
 * `encoding: 'json'`. `clientId` is stamped by Ably from the publisher's token and is the only trustworthy identity.
 */
export const EnvelopedMessageSchema = v.object({
  id: MessageIdSchema,
  name: v.optional(v.string()),
  clientId: v.optional(v.string()),
  connectionId: v.optional(v.string()),
  /** When Ably received it, ms since the epoch. */
  timestamp: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  encoding: v.optional(v.string()),
  data: v.optional(v.unknown()),
});

/**
 * What an Ably `aws/lambda` rule sends, request mode single, enveloped. The messages stay unknown here, because one
 * malformed message must not take its neighbours down: parse each with EnvelopedMessageSchema.
 */
export const AblyEnvelopeSchema = v.object({
  source: v.literal('channel.message'),
  appId: v.optional(v.string()),
  channel: v.string(),
  site: v.optional(v.string()),
  ruleId: v.optional(v.string()),
  messages: v.pipe(v.array(v.unknown()), v.minLength(1, 'must hold at least one message')),
});

export type EnvelopedMessage = v.InferOutput<typeof EnvelopedMessageSchema>;
export type AblyEnvelope = v.InferOutput<typeof AblyEnvelopeSchema>;
