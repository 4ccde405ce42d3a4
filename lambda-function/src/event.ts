import { AblyEnvelopeSchema, parseInput } from '@chat/contract';

/**
 * The messages of an event, not looked at yet. Ably's enveloped payload is the invocation payload itself: no `body` around it.
 * @throws InvalidInput when it is no such payload
 */
export function parseEvent(event: unknown): unknown[] {
  return parseInput(AblyEnvelopeSchema, event, 'The event').messages;
}
