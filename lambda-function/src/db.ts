import pg from 'pg';
import type { DatabaseEnv } from './env.ts';
import { DatabaseUnavailable } from './errors.ts';

/**
 * The only file that knows pg. An instance of a function handles one invocation at a time, so one connection is all that it
 * needs; made at the first query and kept for the invocations that follow, it saves each of them a dozen round trips.
 */
export interface Database {
  /**
   * Runs a query as a prepared statement of that name.
   * @throws DatabaseUnavailable when there is no connection to be had
   * @throws pg.DatabaseError when PostgreSQL refuses the query
   */
  query<Row>(name: string, text: string, values: readonly unknown[]): Promise<Row[]>;
}

// In the worst case a kept connection hangs, a new one is made, and its query conflicts and is repeated: 6 + 3 + 6 + 6 s, inside
// FUNCTION_TIMEOUT_SECONDS.
const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 5_000;
/** Counted here, for a server that no longer answers at all. */
const ANSWER_TIMEOUT_MS = 6_000;
const MAX_ATTEMPTS = 3;

// bigint columns hold times in ms and record ids: both stay far below 2^53, so a number is exact.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export function createDatabase(env: DatabaseEnv): Database {
  let kept: pg.Client | undefined;

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({
      host: env.host,
      port: env.port,
      user: env.user,
      password: env.password,
      database: env.database,
      ssl: env.verifyTls ? { rejectUnauthorized: true } : false,
      application_name: 'chat-lambda',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    // The server may close an idle connection between invocations: that is no failure, the next query makes a new one.
    client.on('error', () => discard(client));
    try {
      await client.connect();
    } catch (error) {
      discard(client);
      const place = `${env.database} at ${env.host}:${env.port}`;
      throw new DatabaseUnavailable(`Could not connect to database ${place}: ${messageOf(error)}`, {
        cause: error,
      });
    }
    kept = client;
    return client;
  }

  function discard(client: pg.Client): void {
    if (kept === client) kept = undefined;
    // Ending a connection that is already broken fails, and there is nobody left to tell.
    client.end().catch(() => undefined);
  }

  async function run<Row>(
    client: pg.Client,
    name: string,
    text: string,
    values: readonly unknown[],
  ): Promise<Row[]> {
    try {
      const { rows } = await client.query({ name, text, values: [...values] });
      return rows as Row[];
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
      discard(client);
      throw new DatabaseUnavailable(`The connection broke during ${name}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  return {
    async query<Row>(name: string, text: string, values: readonly unknown[]) {
      for (let attempt = 1; ; attempt += 1) {
        const reused = kept;
        try {
          return await run<Row>(reused ?? (await connect()), name, text, values);
        } catch (error) {
          // A connection kept over a pause may have died unnoticed, so a new one gets a second attempt. The first may have been
          // committed all the same: both functions' queries may be repeated without changing anything.
          const wasStale = reused !== undefined && error instanceof DatabaseUnavailable;
          if (attempt === MAX_ATTEMPTS || !(wasStale || isConflict(error))) throw error;
        }
      }
    },
  };
}

/** Class 40: undone because of another transaction (a deadlock, or a delete at the same moment); worth another attempt at once. */
function isConflict(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^40/.test(error.code ?? '');
}

/**
 * PostgreSQL answers a refused query with five characters of SQLSTATE, and goes on. Class 08 and 57P0x tell of the end of the
 * connection; 25006 (read only) means that after a fail-over we still talk to the server that was the primary before; whatever is no
 * DatabaseError comes from the socket or from a timeout of ours.
 */
function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true;
  return /^(08|57P0|25006)/.test(error.code ?? '');
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node reports a name with several refused addresses as an AggregateError without a message.
  return error.message || String((error as NodeJS.ErrnoException).code);
}
