import pg from 'pg';
import { trustedAuthorities } from './authorities.ts';
import type { DatabaseEnv } from './env.ts';
import { DatabaseUnavailable } from './errors.ts';
import type { Login, LoginSource } from './login.ts';
import { isLoginRefused, isServerBusy, messageOf } from './sql-state.ts';

const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 5_000;
/** Counted here, for a server that no longer answers at all. */
const ANSWER_TIMEOUT_MS = 6_000;
/** How long to wait for a server that has no connection free, or is starting. Either ends by itself, and usually soon. */
const BUSY_PATIENCE_MS = 5_000;

// bigint columns hold times in ms and record ids: both stay far below 2^53, so a number is exact.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/**
 * Makes a connection. In the worst case this takes 12 s: two logins of 3 s, each after reading the secret for 3 s.
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
      if (isLoginRefused(cause) && !isRenewed && (await logins.renew(login))) {
        isRenewed = true;
        continue;
      }
      if (isServerBusy(cause) && performance.now() - startedAt < BUSY_PATIENCE_MS) {
        // At random, because whoever is turned away now was so together with many others.
        await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 300));
        continue;
      }
      const place = `${env.database} at ${env.host}:${env.port}`;
      throw new DatabaseUnavailable(`Could not connect to database ${place}: ${messageOf(cause)}`, { cause });
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
    // By the operating system, so also while Lambda has frozen this process between two invocations.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  // The server may end the connection at any time. Whoever uses it next finds out; until then it is nobody's failure.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    endQuietly(client);
    throw error;
  }
}

/** Ending a connection that is already broken fails, and there is nobody left to tell. */
export function endQuietly(client: pg.Client): void {
  client.end().catch(() => undefined);
}
