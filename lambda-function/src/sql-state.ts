import pg from 'pg';

/*
 * What a failure means for the next attempt. PostgreSQL answers a refused query with five characters of SQLSTATE, whose first two are
 * its class; whatever is no DatabaseError comes from the socket or from a timeout of ours.
 */

const stateOf = (error: unknown) => (error instanceof pg.DatabaseError ? (error.code ?? '') : '');

/** 28: the password is not, or no longer, the right one. */
export const isLoginRefused = (error: unknown) => stateOf(error).startsWith('28');

/** 53300: all connections are taken. 57P03: the server is starting, or recovers from a crash. */
export const isServerBusy = (error: unknown) => /^(53300|57P03)$/.test(stateOf(error));

/** 40: undone because of another transaction (a deadlock, or a delete at the same moment); worth another attempt at once. */
export const isConflict = (error: unknown) => stateOf(error).startsWith('40');

/**
 * 08 and 57P0x tell of the end of the connection; 25006 (read only) means that after a fail-over we still talk to the server that was
 * the primary before.
 */
export const isConnectionLost = (error: unknown) =>
  !(error instanceof pg.DatabaseError) || /^(08|57P0|25006)/.test(stateOf(error));

/** 53: out of memory, disk or slots. 55P03 and 57014: waited too long. 58: the server's own trouble. All pass. */
export const isTransient = (error: unknown) => /^(40|53|55P03|57014|58)/.test(stateOf(error));

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node reports a name with several refused addresses as an AggregateError without a message.
  return error.message || String((error as NodeJS.ErrnoException).code);
}
