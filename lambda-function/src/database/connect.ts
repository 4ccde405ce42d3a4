import { hostAndPort, toInt8 } from '@chat/contract';
import pg from 'pg';
import type { DatabaseEnv } from '../env.ts';
import { DatabaseUnavailable } from '../errors.ts';
import { trustedAuthorities } from './authorities.ts';
import type { Login, LoginSource } from './login.ts';
import { isLoginRejected, isServerBusy, messageOf } from './sql-state.ts';

const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 5_000;
/** Enforced by the client, for a server that stops responding. */
const ANSWER_TIMEOUT_MS = 6_000;
/**
 * How long to retry while the server has no free connection or is starting; both usually pass soon.
 */
const BUSY_PATIENCE_MS = 5_000;

// Any program may write times and record ids, so a number may not represent them exactly.
pg.types.setTypeParser(pg.types.builtins.INT8, toInt8);

/**
 * Connects to the database. Takes at most 12 s: two logins of 3 s, each after 3 s for the secret.
 * @throws DatabaseUnavailable
 */
export async function connect(env: DatabaseEnv, logins: LoginSource): Promise<pg.Client> {
  const startedAt = performance.now();
  let isRenewed = false;
  for (;;) {
    const login = await logins.current();
    try {
      return await open(env, login);
    } catch (cause) {
      if (isLoginRejected(cause) && !isRenewed && (await logins.renew(login))) {
        isRenewed = true;
        continue;
      }
      if (isServerBusy(cause) && performance.now() - startedAt < BUSY_PATIENCE_MS) {
        // Jitter: many instances are turned away at the same moment.
        await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 300));
        continue;
      }
      const address = `${env.database} at ${hostAndPort(env.host, env.port)}`;
      throw new DatabaseUnavailable(`Could not connect to database ${address}: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
}

async function open(env: DatabaseEnv, { user, password }: Login): Promise<pg.Client> {
  const client = new pg.Client({
    host: env.host,
    port: env.port,
    user,
    password,
    database: env.database,
    ssl: env.verifyTls && {
      rejectUnauthorized: true,
      ca: await trustedAuthorities(env.host, env.rootCertificate),
    },
    application_name: 'chat-lambda',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    // Sent by the operating system, so also while Lambda freezes this process between invocations.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  // The server may close an idle connection at any time; the next query reports it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    endQuietly(client);
    throw error;
  }
}

/** Closes a connection that may already be broken; an error while closing has no consequence. */
export function endQuietly(client: pg.Client): void {
  client.end().catch(() => undefined);
}
