import { parseInput } from '@chat/contract';
import * as v from 'valibot';
import type { LoginEnv } from '../env.ts';
import { DatabaseUnavailable } from '../errors.ts';
import { readSecret } from '../secrets.ts';

export interface Login {
  user: string;
  password: string;
}

export interface LoginSource {
  /** @throws DatabaseUnavailable when the secret cannot be read */
  current(): Promise<Login>;
  /**
   * Reads the secret again after the server rejected a login: a rotation changes the secret first.
   * @returns false when the login is still the rejected one
   */
  renew(rejected: Login): Promise<boolean>;
}

export function loginFrom(env: LoginEnv): LoginSource {
  return 'secretId' in env ? fromSecret(env.secretId) : fixed(env);
}

function fixed(login: Login): LoginSource {
  return { current: () => Promise.resolve(login), renew: () => Promise.resolve(false) };
}

function fromSecret(secretId: string): LoginSource {
  let cached: Login | undefined;
  return {
    current: async () => (cached ??= await readLogin(secretId)),
    async renew(rejected) {
      cached = await readLogin(secretId);
      return cached.user !== rejected.user || cached.password !== rejected.password;
    },
  };
}

/**
 * RDS and the rotation functions of Secrets Manager also store host, port and more; ignored here.
 */
const SecretSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ username: v.string(), password: v.string() }),
  v.transform(({ username, password }): Login => ({ user: username, password })),
);

async function readLogin(secretId: string): Promise<Login> {
  try {
    return parseInput(SecretSchema, await readSecret(secretId), 'The secret');
  } catch (cause) {
    throw new DatabaseUnavailable(
      `Could not read the database login from secret ${secretId}: ${String(cause)}`,
      { cause },
    );
  }
}
