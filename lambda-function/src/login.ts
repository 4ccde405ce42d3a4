import { parseInput } from '@chat/contract';
import * as v from 'valibot';
import type { LoginEnv } from './env.ts';
import { DatabaseUnavailable } from './errors.ts';

/** Two attempts within this: the secret is read rarely, and while the caller waits. */
const SECRET_TIMEOUT_MS = 3_000;
const SECRET_ATTEMPTS = 2;

export interface Login {
  user: string;
  password: string;
}

/** Where name and password come from. */
export interface LoginSource {
  /** @throws DatabaseUnavailable when the secret cannot be read */
  current(): Promise<Login>;
  /**
   * For a login that the server refused: a password that is rotated while this instance lives changes in the secret first.
   * @returns false when there is nothing else to try
   */
  renew(refused: Login): Promise<boolean>;
}

export function loginFrom(env: LoginEnv): LoginSource {
  return 'secretId' in env ? fromSecret(env.secretId) : fixed(env);
}

function fixed(login: Login): LoginSource {
  return { current: () => Promise.resolve(login), renew: () => Promise.resolve(false) };
}

function fromSecret(secretId: string): LoginSource {
  let known: Login | undefined;
  return {
    current: async () => (known ??= await readSecret(secretId)),
    async renew(refused) {
      known = await readSecret(secretId);
      return known.user !== refused.user || known.password !== refused.password;
    },
  };
}

/** RDS, and Secrets Manager's own rotation functions, write more than this, which the environment tells as well. */
const SecretSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ username: v.string(), password: v.string() }),
  v.transform(({ username, password }): Login => ({ user: username, password })),
);

async function readSecret(secretId: string): Promise<Login> {
  try {
    // Part of AWS's Node runtime, not of the bundle. Loading it takes 100 ms, so whoever has no secret does not.
    const { SecretsManager } = await import('@aws-sdk/client-secrets-manager');
    const client = new SecretsManager({ maxAttempts: SECRET_ATTEMPTS });
    const answer = await client.getSecretValue(
      { SecretId: secretId },
      { abortSignal: AbortSignal.timeout(SECRET_TIMEOUT_MS) },
    );
    return parseInput(SecretSchema, answer.SecretString, 'The secret');
  } catch (cause) {
    throw new DatabaseUnavailable(`Could not read secret ${secretId} to log in with: ${String(cause)}`, {
      cause,
    });
  }
}
