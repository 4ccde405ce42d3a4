import * as v from 'valibot';
import { MessageIdSchema } from './outgoing-messages.ts';

/**
 * One message in an Ably rule's envelope. Ably does not parse `data`: an object arrives as JSON
 * text with `encoding: 'json'`. Ably stamps `clientId` from the publisher's token; it is the only
 * trustworthy identity.
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
 * The payload of an Ably `aws/lambda` rule: request mode single, enveloped. The messages are
 * unknown here, so that one malformed message does not affect the others: parse each with
 * EnvelopedMessageSchema.
 */
export const AblyEnvelopeSchema = v.object({
  source: v.literal('channel.message'),
  appId: v.optional(v.string()),
  channel: v.string(),
  site: v.optional(v.string()),
  ruleId: v.optional(v.string()),
  /** Set by `npm run redrive`, ms since the epoch: the event counts as new. */
  redrivenAt: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  messages: v.pipe(v.array(v.unknown()), v.minLength(1, 'must contain at least one message')),
});

export type EnvelopedMessage = v.InferOutput<typeof EnvelopedMessageSchema>;
export type AblyEnvelope = v.InferOutput<typeof AblyEnvelopeSchema>;
