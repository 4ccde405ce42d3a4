import type { AblyEnvelope } from '@chat/contract';
import type { LambdaHost } from '../lambda/host.ts';

/**
 * Delivers one envelope of messages to the target of a rule. Rejects when the target does not
 * accept it.
 */
export type Deliver = (envelope: AblyEnvelope) => Promise<void>;

/**
 * Does what an Ably rule of type `aws/lambda` does: an asynchronous invocation, of which only the
 * acceptance is awaited. The host runs in this process, so the event does not go over HTTP, which
 * took longer than accepting it.
 */
export function invokeFunction({ sendEvent }: Pick<LambdaHost, 'sendEvent'>, name: string): Deliver {
  return async (envelope) => void sendEvent(name, JSON.stringify(envelope));
}
