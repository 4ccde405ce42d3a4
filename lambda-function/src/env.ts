import { parseInput } from '@chat/contract';
import * as v from 'valibot';

/** The name of every variable the functions read, for whoever deploys or starts them. */
export const ENV = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  database: 'PGDATABASE',
  sslMode: 'PGSSLMODE',
  historySecret: 'HISTORY_SECRET',
} as const;

/** Give each function this long. All waiting for the database, further attempts included, ends before (see db.ts). */
export const FUNCTION_TIMEOUT_SECONDS = 30;

const required = v.pipe(v.optional(v.string(), ''), v.nonEmpty('must be set'));

const DatabaseEnvSchema = v.pipe(
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
    PGUSER: required,
    /** May be empty, for a server that asks for none, but not forgotten. */
    PGPASSWORD: v.pipe(v.optional(v.nullable(v.string()), null), v.string('must be set')),
    PGDATABASE: required,
    /** Left out: a connection that leaves the machine is encrypted and its server's certificate verified. */
    PGSSLMODE: v.optional(v.picklist(['disable', 'verify-full'], 'must be disable or verify-full')),
  }),
  v.transform((env) => ({
    host: env.PGHOST,
    port: env.PGPORT,
    user: env.PGUSER,
    password: env.PGPASSWORD,
    database: env.PGDATABASE,
    verifyTls: env.PGSSLMODE ? env.PGSSLMODE === 'verify-full' : !isLocal(env.PGHOST),
  })),
);

const HistoryEnvSchema = v.object({
  /** What the Netlify function shows as `Authorization: Bearer <secret>`, so that the function URL is not an open door. */
  HISTORY_SECRET: v.pipe(
    v.optional(v.string(), ''),
    v.minLength(16, 'must be set to at least 16 characters'),
  ),
});

export type DatabaseEnv = v.InferOutput<typeof DatabaseEnvSchema>;

/** @throws InvalidInput naming every variable that is missing or wrong, never its value */
export function readWriterEnv(): { database: DatabaseEnv } {
  return { database: parseInput(DatabaseEnvSchema, process.env, 'The environment of chat-writer') };
}

/** @throws InvalidInput naming every variable that is missing or wrong, never its value */
export function readHistoryEnv(): { database: DatabaseEnv; secret: string } {
  const schema = v.intersect([
    v.pipe(
      HistoryEnvSchema,
      v.transform((env) => ({ secret: env.HISTORY_SECRET })),
    ),
    v.pipe(
      DatabaseEnvSchema,
      v.transform((database) => ({ database })),
    ),
  ]);
  return parseInput(schema, process.env, 'The environment of chat-history');
}

/** This machine, by address or by the folder of a Unix socket. */
function isLocal(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.') || host.startsWith('/');
}
