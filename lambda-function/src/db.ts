import type pg from 'pg';
import { connect, endQuietly } from './connect.ts';
import type { DatabaseEnv } from './env.ts';
import { DatabaseRefused, DatabaseUnavailable } from './errors.ts';
import { loginFrom } from './login.ts';
import { isConflict, isConnectionLost, isTransient, messageOf } from './sql-state.ts';

/**
 * An instance of a function handles one invocation at a time, so one connection is all that it needs; kept for the invocations
 * that follow, it saves each of them a dozen round trips.
 */
export interface Database {
  /**
   * Runs a query as a prepared statement of that name. It must be one that may be repeated without changing anything.
   * @throws DatabaseUnavailable when there is no connection to be had, or no answer in time
   * @throws DatabaseRefused when PostgreSQL refuses the query
   */
  query<Row>(name: string, text: string, values: readonly unknown[]): Promise<Row[]>;
}

// In the worst case a kept connection hangs, a new one is made (12 s, see connect.ts), and its query conflicts as its time is
// nearly up: 6 + 12 + 6 s, inside FUNCTION_TIMEOUT_SECONDS.
const TRY_AGAIN_WITHIN_MS = 10_000;
const MAX_ATTEMPTS = 10;

/** Begins to connect at once: on AWS in the phase that loads the function, with more CPU and no event waiting yet. */
export function createDatabase(env: DatabaseEnv): Database {
  const logins = loginFrom(env.login);
  let kept: Promise<pg.Client> | undefined;

  function keep(): Promise<pg.Client> {
    const connecting = connect(env, logins);
    kept = connecting;
    connecting.then(
      (client) => client.once('end', () => forget(connecting)),
      // Told by the query that waits for it. If none does, the first one connects again, and tells then.
      () => forget(connecting),
    );
    return connecting;
  }

  function forget(connection: Promise<pg.Client>): void {
    if (kept === connection) kept = undefined;
  }

  async function run<Row>(
    connection: Promise<pg.Client>,
    name: string,
    text: string,
    values: readonly unknown[],
  ): Promise<Row[]> {
    const client = await connection;
    try {
      const { rows } = await client.query({ name, text, values: [...values] });
      return rows as Row[];
    } catch (error) {
      if (isConnectionLost(error)) {
        forget(connection);
        endQuietly(client);
      }
      throw error;
    }
  }

  void keep();
  return {
    async query<Row>(name: string, text: string, values: readonly unknown[]) {
      const startedAt = performance.now();
      for (let attempt = 1; ; attempt += 1) {
        const isReused = kept !== undefined;
        try {
          return await run<Row>(kept ?? keep(), name, text, values);
        } catch (error) {
          // A connection made before may have died in the pause unnoticed, so a new one gets an attempt. The first may have been
          // committed all the same.
          const isStale =
            isReused && isConnectionLost(error instanceof DatabaseUnavailable ? error.cause : error);
          const mayTryAgain = attempt < MAX_ATTEMPTS && performance.now() - startedAt < TRY_AGAIN_WITHIN_MS;
          if (!mayTryAgain || !(isStale || isConflict(error))) throw named(error, name);
        }
      }
    },
  };
}

function named(error: unknown, query: string): Error {
  if (error instanceof DatabaseUnavailable) return error;
  if (isConnectionLost(error)) {
    return new DatabaseUnavailable(`The connection broke during ${query}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const Kind = isTransient(error) ? DatabaseUnavailable : DatabaseRefused;
  return new Kind(`The database did not finish ${query}: ${messageOf(error)}`, { cause: error });
}
