import { Action } from '../protocol/actions.ts';
import type { Handler } from './handler.ts';

/** In ms, so that a client that measures a ping in whole milliseconds gets more than 0. */
const ECHO_DELAY = 2;

/** Echoes a heartbeat with an id, which is a ping. */
export const heartbeat: Handler = ({ transport }, { id }) => {
  if (id !== undefined) setTimeout(() => transport.send({ action: Action.HEARTBEAT, id }), ECHO_DELAY);
};
