import type pg from 'pg';
import type { DatabaseEnv } from '../env.ts';
import { DatabaseRefused, DatabaseUnavailable } from '../errors.ts';
import { connect, endQuietly } from './connect.ts';
import { loginFrom } from './login.ts';
import { isConflict, isConnectionLost, isOutdated, isTransient, messageOf } from './sql-state.ts';

/**
 * The single connection of a function instance, which handles one invocation at a time. Reusing it
 * for later invocations saves each of them a dozen round trips.
 */
export interface Database {
  /**
   * Runs a query as a prepared statement of that name. The query must be idempotent: it is retried.
   * @throws DatabaseUnavailable when no connection can be made, or no answer arrives in time
   * @throws DatabaseRefused when PostgreSQL rejects the query
   */
  query<Row>(name: string, text: string, values: readonly unknown[]): Promise<Row[]>;
}

// Worst case: a reused connection hangs (6 s), a new one is made (12 s, see connect.ts), and its
// query conflicts just before its time is up (6 s). That fits into FUNCTION_TIMEOUT_SECONDS.
const RETRY_WITHIN_MS = 10_000;
const MAX_ATTEMPTS = 10;

/** Connects at once: on AWS, loading the function gets more CPU, and no event waits for it yet. */
export function createDatabase(env: DatabaseEnv): Database {
  const logins = loginFrom(env.login);
  let current: Promise<pg.Client> | undefined;

  function openConnection(): Promise<pg.Client> {
    const connecting = connect(env, logins);
    current = connecting;
    connecting.then(
      (client) => client.once('end', () => discard(connecting)),
      // The query that waits for this connection reports the error. Without one, the first query
      // connects again and reports its own.
      () => discard(connecting),
    );
    return connecting;
  }

  function discard(connection: Promise<pg.Client>): void {
    if (current === connection) current = undefined;
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
      if (isConnectionLost(error) || isOutdated(error)) {
        discard(connection);
        endQuietly(client);
      }
      throw error;
    }
  }

  void openConnection();
  return {
    async query<Row>(name: string, text: string, values: readonly unknown[]) {
      const startedAt = performance.now();
      let isRenewed = false;
      for (let attempt = 1; ; attempt += 1) {
        const isReused: boolean = current !== undefined && !isRenewed;
        try {
          return await run<Row>(current ?? openConnection(), name, text, values);
        } catch (error) {
          // A reused connection may have died unnoticed while idle, or the schema may have changed
          // under its prepared statements: one new connection gets an attempt. The failed attempt
          // may have committed all the same.
          const cause = error instanceof DatabaseUnavailable ? error.cause : error;
          const isStale: boolean = isReused && (isConnectionLost(cause) || isOutdated(cause));
          isRenewed ||= isStale;
          const mayRetry = attempt < MAX_ATTEMPTS && performance.now() - startedAt < RETRY_WITHIN_MS;
          if (!mayRetry || !(isStale || isConflict(error))) throw toNamedError(error, name);
        }
      }
    },
  };
}

function toNamedError(error: unknown, query: string): Error {
  if (error instanceof DatabaseUnavailable) return error;
  if (isConnectionLost(error)) {
    return new DatabaseUnavailable(`The connection broke during ${query}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const NamedError = isTransient(error) ? DatabaseUnavailable : DatabaseRefused;
  return new NamedError(`The database did not finish ${query}: ${messageOf(error)}`, { cause: error });
}
