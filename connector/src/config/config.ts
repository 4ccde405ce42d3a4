import { parseInput } from '@chat/contract';
import * as v from 'valibot';
import type { RawEnv } from './env.ts';
import { ConfigSchema, SETTINGS } from './fields.ts';

export type RawConfig = v.InferInput<typeof ConfigSchema>;
export type Config = v.InferOutput<typeof ConfigSchema>;

/**
 * @param raw the decoded JSON configuration
 * @throws InvalidInput with every problem, each under its path in the JSON
 */
export function parseConfig(raw: unknown): Config {
  return parseInput(ConfigSchema, raw, 'The connector configuration');
}

const EnvironmentSchema = v.object(
  Object.fromEntries(SETTINGS.map(({ env, schema, fromText = schema }) => [env, fromText])),
  () => 'must be set',
);

/** @throws InvalidInput with every problem, each under its environment name */
export function parseEnvironment(raw: RawEnv): Config {
  const values = parseInput(EnvironmentSchema, raw, 'The connector environment');
  const json = { dbConfig: {}, ably: {} };
  for (const { key, env } of SETTINGS) {
    if (env !== 'DB_SSL_CA') setAt(json, key.split('.'), values[env]);
  }
  const ssl = withAuthority(values.DB_SSL, values.DB_SSL_CA);
  return parseConfig({ ...json, dbConfig: { ...json.dbConfig, ssl } });
}

function setAt(json: Record<string, unknown>, [key = '', ...rest]: string[], value: unknown): void {
  if (rest.length === 0) json[key] = value;
  else setAt(json[key] as Record<string, unknown>, rest, value);
}

/** An authority turns verification on, unless the mode is explicitly another one. */
function withAuthority(ssl: unknown, ca: unknown): unknown {
  const verifies = ssl === undefined || ssl === true;
  return ca !== undefined && verifies ? { rejectUnauthorized: true, ca } : (ssl ?? false);
}
