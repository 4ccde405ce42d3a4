import { Action } from '../protocol/actions.ts';
import type { Handler } from './types.ts';

/** Long enough for a client that measures whole milliseconds to see more than none. */
const ECHO_DELAY = 2;

/** A heartbeat with an id is a ping: it comes back. */
export const heartbeat: Handler = ({ transport }, { id }) => {
  if (id !== undefined) setTimeout(() => transport.send({ action: Action.HEARTBEAT, id }), ECHO_DELAY);
};
