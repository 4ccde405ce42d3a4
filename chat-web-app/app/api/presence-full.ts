/** Ably's "maximum member limit exceeded": https://ably.com/docs/platform/errors/codes#91003 */
const CODE = 91003;

/** The presence set has as many members as Ably allows on a channel. */
export class PresenceFull extends Error {
  override name = 'PresenceFull' as const;
}

/** Returns the error to throw for a rejected enter. */
export function toPresenceError(cause: unknown): unknown {
  const isFull = typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === CODE;
  return isFull ? new PresenceFull('The presence set is full.', { cause }) : cause;
}
