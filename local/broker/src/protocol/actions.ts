/** Protocol message actions, by their wire numbers. */
export const Action = {
  HEARTBEAT: 0,
  ACK: 1,
  NACK: 2,
  CONNECTED: 4,
  DISCONNECT: 5,
  DISCONNECTED: 6,
  CLOSE: 7,
  CLOSED: 8,
  ERROR: 9,
  ATTACH: 10,
  ATTACHED: 11,
  DETACH: 12,
  DETACHED: 13,
  PRESENCE: 14,
  MESSAGE: 15,
  SYNC: 16,
  AUTH: 17,
  ANNOTATION: 21,
} as const;

export const Flag = { HAS_PRESENCE: 1, HAS_BACKLOG: 2, RESUMED: 4, ATTACH_RESUME: 32 } as const;

/** Channel modes, as flag bits under the names that the `modes` param uses. */
export const Mode = {
  presence: 1 << 16,
  publish: 1 << 17,
  subscribe: 1 << 18,
  presence_subscribe: 1 << 19,
  annotation_publish: 1 << 21,
  annotation_subscribe: 1 << 22,
  object_subscribe: 1 << 24,
  object_publish: 1 << 25,
} as const;

export type ModeName = keyof typeof Mode;

export const ALL_MODES = Object.values(Mode).reduce((mask, bit) => mask | bit, 0);

/** Granted unless a client requests modes: not annotation_subscribe and the object modes. */
export const DEFAULT_MODES =
  Mode.presence | Mode.publish | Mode.subscribe | Mode.presence_subscribe | Mode.annotation_publish;

export const PresenceAction = { ABSENT: 0, PRESENT: 1, ENTER: 2, LEAVE: 3, UPDATE: 4 } as const;
