import type { Session } from '../connections/session.ts';
import type { InboundFrame } from '../protocol/frames.ts';

/** Acts on one kind of inbound frame. */
export type Handler = (session: Session, frame: InboundFrame) => void | Promise<void>;
