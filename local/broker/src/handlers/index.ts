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

/** Dispatches one inbound frame. Malformed frames are logged; unknown actions are ignored. */
export function handleFrame(client: ConnectedClient, raw: unknown): void | Promise<void> {
  const parsed = v.safeParse(InboundFrameSchema, raw);
  if (!parsed.success) {
    client.context.log('info', 'frame.invalid', { problems: parsed.issues.map((issue) => issue.message) });
    return;
  }
  return handlers[parsed.output.action]?.(client, parsed.output);
}
