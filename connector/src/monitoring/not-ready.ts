/**
 * The log lines by which a connector says that row changes do not go out: while it starts, and every
 * 30 s while it runs. Alarms search for them.
 */
export const NOT_READY = {
  starting: 'the database is not ready; retrying',
  running: 'row changes do not go out',
} as const;
