import * as v from 'valibot';
import type { Session } from '../connections/session.ts';
import { Action } from '../protocol/actions.ts';
import { InboundFrameSchema } from '../protocol/frames.ts';
import { acknowledged } from './acknowledged.ts';
import { attach } from './attach.ts';
import { auth } from './auth.ts';
import { detach } from './detach.ts';
import { heartbeat } from './heartbeat.ts';
import { message } from './message.ts';
import { onChannel } from './on-channel.ts';
import { presence } from './presence.ts';
import { sync } from './sync.ts';
import type { Handler } from './types.ts';

const handlers: Partial<Record<number, Handler>> = {
  [Action.HEARTBEAT]: heartbeat,
  [Action.DISCONNECT]: (session) => session.disconnect(),
  [Action.CLOSE]: (session) => session.close(),
  [Action.ATTACH]: onChannel(attach),
  [Action.DETACH]: onChannel(detach),
  [Action.PRESENCE]: acknowledged(presence),
  [Action.MESSAGE]: acknowledged(message),
  [Action.SYNC]: onChannel(sync),
  [Action.AUTH]: auth,
};

/** Acts on one inbound frame. A frame that is malformed, or of an unknown action, is logged and has no effect. */
export function handleFrame(session: Session, raw: unknown): void | Promise<void> {
  const parsed = v.safeParse(InboundFrameSchema, raw);
  if (!parsed.success) {
    session.context.log('info', 'frame.invalid', { problems: parsed.issues.map((issue) => issue.message) });
    return;
  }
  return handlers[parsed.output.action]?.(session, parsed.output);
}
