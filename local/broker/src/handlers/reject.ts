import * as v from 'valibot';
import { Code, WireError } from '../errors.ts';
import { Action } from '../protocol/actions.ts';
import { FrameHeadSchema } from '../protocol/frames.ts';
import type { ConnectedClient } from '../realtime/connected-client.ts';
import { acknowledged, onChannel, type Handler } from './handler.ts';

/** Sends a NACK for an action that no handler supports, such as an annotation. */
export const unsupported: Handler = acknowledged((_client, { action }) => {
  if (action === Action.ANNOTATION) {
    throw new WireError(Code.notMutable, 'This channel does not support annotations');
  }
  throw new WireError(Code.badRequest, `The broker does not support frames with action ${action}`);
});

/**
 * Answers a frame whose fields have the wrong types: with a NACK if it has a msgSerial, with an
 * ERROR for the channel if it attaches or detaches, and for the connection if it re-authenticates.
 * A client would wait 10 s for the answer.
 */
export function rejectInvalid(
  client: ConnectedClient,
  raw: unknown,
  issue: v.BaseIssue<unknown>,
): void | Promise<void> {
  const head = v.safeParse(FrameHeadSchema, raw);
  if (!head.success) return;
  const { action, msgSerial } = head.output;
  const path = v.getDotPath(issue) ?? 'it';
  const invalid = new WireError(Code.badRequest, `Invalid frame: ${path}: ${issue.message}`);
  const reject = () => {
    throw invalid;
  };
  if (action === Action.AUTH) return client.fail(invalid);
  const isAboutChannel = action === Action.ATTACH || action === Action.DETACH;
  if (isAboutChannel) return onChannel(reject)(client, head.output);
  if (msgSerial !== undefined) return acknowledged(reject)(client, head.output);
}
