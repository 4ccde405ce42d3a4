import { isLoopback, parseInput } from '@chat/contract';
import {
  historySecret,
  oneOf,
  pickEnv,
  settings,
  targetHost,
  targetPort,
  text,
  wholeNumber,
} from '@chat/contract/settings';
import * as v from 'valibot';
import { DEFAULT_TARGET_WAIT } from './target-wait.ts';

/** Every environment name that the functions read, for code that deploys or starts them. */
export const ENV = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  secretId: 'DB_SECRET_ARN',
  database: 'PGDATABASE',
  sslMode: 'PGSSLMODE',
  rootCertificate: 'PGSSLROOTCERT',
  historySecret: 'HISTORY_SECRET',
  historySecretId: 'HISTORY_SECRET_ARN',
  targetWait: 'TARGET_WAIT_MS',
  messagesPerMinute: 'MESSAGES_PER_MINUTE',
} as const;

/** The database stores the times of so many messages of an author. */
export const MOST_MESSAGES_PER_MINUTE = 600;

/** The timeout to configure. database/database.ts keeps all attempts of an invocation within it. */
export const FUNCTION_TIMEOUT_SECONDS = 30;

/** Log in with this user and password, or with those in a secret of AWS Secrets Manager. */
export type LoginEnv = { user: string; password: string } | { secretId: string };

const LoginEnvSchema = v.pipe(
  v.object({
    PGUSER: v.optional(v.string(), ''),
    /** May be empty, for a server that requires no password, but must be set. */
    PGPASSWORD: v.optional(v.string()),
    DB_SECRET_ARN: v.optional(v.string(), ''),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { PGUSER, PGPASSWORD, DB_SECRET_ARN } = dataset.value;
    if (!DB_SECRET_ARN) {
      if (!PGUSER) addIssue({ message: 'PGUSER: must be set' });
      if (PGPASSWORD === undefined) addIssue({ message: 'PGPASSWORD: must be set' });
    } else if (PGUSER || PGPASSWORD) {
      // A wrong guess at which of the two is meant would only fail at the next rotation.
      addIssue({ message: 'DB_SECRET_ARN: must not be set together with PGUSER or PGPASSWORD' });
    }
  }),
  v.transform(({ PGUSER, PGPASSWORD = '', DB_SECRET_ARN }): { login: LoginEnv } => ({
    login: DB_SECRET_ARN ? { secretId: DB_SECRET_ARN } : { user: PGUSER, password: PGPASSWORD },
  })),
);

const ServerEnvSchema = v.pipe(
  settings({
    PGHOST: targetHost,
    PGPORT: v.optional(targetPort, '5432'),
    PGDATABASE: text(),
    /** Default: encrypt and verify the certificate, unless the server is on this machine. */
    PGSSLMODE: v.optional(oneOf(['disable', 'verify-full'])),
    /**
     * PEM file of the authorities to trust instead of those that fit the host (see
     * authorities.ts).
     */
    PGSSLROOTCERT: v.optional(v.string()),
  }),
  v.transform((env) => ({
    host: env.PGHOST,
    port: env.PGPORT,
    database: env.PGDATABASE,
    verifyTls: env.PGSSLMODE ? env.PGSSLMODE === 'verify-full' : !isLocal(env.PGHOST),
    ...(env.PGSSLROOTCERT && { rootCertificate: env.PGSSLROOTCERT }),
  })),
);

const DatabaseEnvSchema = v.intersect([ServerEnvSchema, LoginEnvSchema]);

const WriterEnvSchema = v.intersect([
  v.pipe(
    v.object({
      TARGET_WAIT_MS: v.optional(wholeNumber(0, 21_600_000), DEFAULT_TARGET_WAIT),
      /** Of each author, edits included; no limit by default. */
      MESSAGES_PER_MINUTE: v.optional(wholeNumber(1, MOST_MESSAGES_PER_MINUTE)),
    }),
    v.transform((env) => ({ targetWait: env.TARGET_WAIT_MS, messagesPerMinute: env.MESSAGES_PER_MINUTE })),
  ),
  DatabaseEnvSchema,
]);

/** The secret of chat-history's callers, or where Secrets Manager has it. */
export type HistorySecretEnv = { value: string } | { secretId: string };

const HistorySecretEnvSchema = v.pipe(
  v.object({ HISTORY_SECRET: v.optional(historySecret), HISTORY_SECRET_ARN: v.optional(v.string()) }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { HISTORY_SECRET, HISTORY_SECRET_ARN } = dataset.value;
    if (!HISTORY_SECRET && !HISTORY_SECRET_ARN) addIssue({ message: 'HISTORY_SECRET: must be set' });
    // A rotation would not replace the value of the environment.
    if (HISTORY_SECRET && HISTORY_SECRET_ARN)
      addIssue({ message: 'HISTORY_SECRET_ARN: must not be set together with HISTORY_SECRET' });
  }),
  v.transform(({ HISTORY_SECRET = '', HISTORY_SECRET_ARN }): { secret: HistorySecretEnv } => ({
    secret: HISTORY_SECRET_ARN ? { secretId: HISTORY_SECRET_ARN } : { value: HISTORY_SECRET },
  })),
);

const HistoryEnvSchema = v.intersect([HistorySecretEnvSchema, DatabaseEnvSchema]);

export type DatabaseEnv = v.InferOutput<typeof DatabaseEnvSchema>;

export interface WriterEnv {
  database: DatabaseEnv;
  /** ms */
  targetWait: number;
  messagesPerMinute: number | undefined;
}

/** @throws InvalidInput naming every variable that is missing or wrong, never its value */
export function readWriterEnv(): WriterEnv {
  const env = parseInput(WriterEnvSchema, readSource(), 'The environment of chat-writer');
  const { targetWait, messagesPerMinute, ...database } = env;
  return { database, targetWait, messagesPerMinute };
}

/** @throws InvalidInput naming every variable that is missing or wrong, never its value */
export function readHistoryEnv(): { database: DatabaseEnv; secret: HistorySecretEnv } {
  const source = readSource();
  const { secret, ...database } = parseInput(HistoryEnvSchema, source, 'The environment of chat-history');
  return { database, secret };
}

function readSource(): Record<string, string | undefined> {
  const names = Object.fromEntries(Object.values(ENV).map((name) => [name, name]));
  return { ...pickEnv(names, process.env), PGPASSWORD: process.env.PGPASSWORD };
}

/** True for this machine, by address or by the folder of a Unix socket. */
function isLocal(host: string): boolean {
  return isLoopback(host) || host.startsWith('/');
}
