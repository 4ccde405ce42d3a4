import pg from 'pg';

/*
 * What a database error means for the next attempt. PostgreSQL reports a five-character SQLSTATE,
 * whose first two characters are its class. Any error that is not a pg.DatabaseError comes from the
 * socket or from a client-side timeout.
 */

const stateOf = (error: unknown) => (error instanceof pg.DatabaseError ? (error.code ?? '') : '');

/** 28: wrong user name or password; the password may have been rotated. */
export const isLoginRejected = (error: unknown) => stateOf(error).startsWith('28');

/** 53300: no free connection. 57P03: the server is starting or recovering from a crash. */
export const isServerBusy = (error: unknown) => /^(53300|57P03)$/.test(stateOf(error));

/**
 * 40: rolled back because of a concurrent transaction (deadlock, concurrent delete); retry at once.
 */
export const isConflict = (error: unknown) => stateOf(error).startsWith('40');

/**
 * 08 and 57P0x: the server closed the connection. 25006 (read-only transaction): after a fail-over
 * this connection still leads to the former primary.
 */
export const isConnectionLost = (error: unknown) =>
  !(error instanceof pg.DatabaseError) || /^(08|57P0|25006)/.test(stateOf(error));

/**
 * The schema or the session changed after this connection prepared the statement. 0A000 (cached
 * plan must not change result type), 26000 and 42P05: the prepared statement does not fit any more,
 * or is missing. The rest of 42, XX000 (cache lookup failed): names and types are those of the
 * earlier schema. A new connection prepares the statement anew. 42501 (no permission) is excluded:
 * rights are never cached.
 */
export const isOutdated = (error: unknown) => /^(0A000|26000|42(?!501)|XX000)/.test(stateOf(error));

/**
 * 53: out of memory, disk or slots. 55P03: lock timeout. 57014: statement timeout. 58: system error
 * of the server. All of them pass.
 */
export const isTransient = (error: unknown) => /^(40|53|55P03|57014|58)/.test(stateOf(error));

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // For a host name with several addresses, Node throws an AggregateError without a message.
  return error.message || String((error as NodeJS.ErrnoException).code);
}
