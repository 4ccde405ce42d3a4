import { parseInput } from '@chat/contract';
import * as v from 'valibot';

/** The name of every variable the functions read, for whoever deploys or starts them. */
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
} as const;

/** Give each function this long. All waiting for the database, further attempts included, ends before (see db.ts). */
export const FUNCTION_TIMEOUT_SECONDS = 30;

const required = v.pipe(v.optional(v.string(), ''), v.nonEmpty('must be set'));

/** How to log in: with this name and password, or with those that a secret in AWS Secrets Manager holds. */
export type LoginEnv = { user: string; password: string } | { secretId: string };

const LoginEnvSchema = v.pipe(
  v.object({
    PGUSER: v.optional(v.string(), ''),
    /** May be empty, for a server that asks for none, but not forgotten. */
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
      // Which of the two was meant could only be guessed, and a wrong guess shows at the next rotation.
      addIssue({ message: 'DB_SECRET_ARN: must not be set together with PGUSER or PGPASSWORD' });
    }
  }),
  v.transform(({ PGUSER, PGPASSWORD = '', DB_SECRET_ARN }): { login: LoginEnv } => ({
    login: DB_SECRET_ARN ? { secretId: DB_SECRET_ARN } : { user: PGUSER, password: PGPASSWORD },
  })),
);

const ServerEnvSchema = v.pipe(
  v.object({
    PGHOST: required,
    PGPORT: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^\d{1,5}$/, 'must be a port number'),
        v.transform(Number),
        v.maxValue(65_535),
      ),
      '5432',
    ),
    PGDATABASE: required,
    /** Left out: a connection that leaves the machine is encrypted and its server's certificate verified. */
    PGSSLMODE: v.optional(v.picklist(['disable', 'verify-full'], 'must be disable or verify-full')),
    /** A PEM file whose certificates are trusted in place of those that fit the host (see authorities.ts). */
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

const HistoryEnvSchema = v.pipe(
  v.object({
    /** What the Netlify function shows as `Authorization: Bearer <secret>`, so that the function URL is not an open door. */
    HISTORY_SECRET: v.pipe(
      v.optional(v.string(), ''),
      v.minLength(16, 'must be set to at least 16 characters'),
    ),
  }),
  v.transform((env) => ({ secret: env.HISTORY_SECRET })),
);

const DatabaseEnvSchema = v.intersect([ServerEnvSchema, LoginEnvSchema]);

export type DatabaseEnv = v.InferOutput<typeof DatabaseEnvSchema>;

/** @throws InvalidInput naming every variable that is missing or wrong, never its value */
export function readWriterEnv(): { database: DatabaseEnv } {
  return { database: parseInput(DatabaseEnvSchema, process.env, 'The environment of chat-writer') };
}

/** @throws InvalidInput naming every variable that is missing or wrong, never its value */
export function readHistoryEnv(): { database: DatabaseEnv; secret: string } {
  const schema = v.intersect([HistoryEnvSchema, ServerEnvSchema, LoginEnvSchema]);
  const { secret, ...database } = parseInput(schema, process.env, 'The environment of chat-history');
  return { database, secret };
}

/** This machine, by address or by the folder of a Unix socket. */
function isLocal(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.') || host.startsWith('/');
}
