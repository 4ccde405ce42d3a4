import * as v from 'valibot';
import { Action } from '../protocol/actions.ts';
import { InboundFrameSchema } from '../protocol/frames.ts';
import type { ConnectedClient } from '../realtime/connected-client.ts';
import { attach } from './attach.ts';
import { auth } from './auth.ts';
import { detach } from './detach.ts';
import { acknowledged, onChannel, type Handler } from './handler.ts';
import { heartbeat } from './heartbeat.ts';
import { message } from './message.ts';
import { presence } from './presence.ts';
import { rejectInvalid, unsupported } from './reject.ts';
import { sync } from './sync.ts';

const handlers: Partial<Record<number, Handler>> = {
  [Action.HEARTBEAT]: heartbeat,
  [Action.DISCONNECT]: (client) => client.disconnect(),
  [Action.CLOSE]: (client) => client.close(),
  [Action.ATTACH]: onChannel(attach),
  [Action.DETACH]: onChannel(detach),
  [Action.PRESENCE]: acknowledged(presence),
  [Action.MESSAGE]: acknowledged(message),
  [Action.SYNC]: onChannel(sync),
  [Action.AUTH]: auth,
};

/**
 * Dispatches one inbound frame. A frame with a msgSerial is always answered, also one that is
 * malformed or has an unknown action: a client takes the next ACK for an unanswered frame. Other
 * frames with an unknown action are ignored.
 */
export function handleFrame(client: ConnectedClient, raw: unknown): void | Promise<void> {
  const parsed = v.safeParse(InboundFrameSchema, raw);
  if (!parsed.success) {
    client.context.log('info', 'frame.invalid', { problems: parsed.issues.map((issue) => issue.message) });
    return rejectInvalid(client, raw, parsed.issues[0]);
  }
  const frame = parsed.output;
  const { action, msgSerial } = frame;
  const isPublish = action === Action.MESSAGE || action === Action.PRESENCE;
  const reason = client.connection.limits?.closes(isPublish, client.context.timing.now());
  if (reason) return client.fail(reason);
  const handler = handlers[action] ?? (msgSerial === undefined ? undefined : unsupported);
  return handler?.(client, frame);
}
