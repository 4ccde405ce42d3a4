import { pickEnv } from '@chat/contract/settings';
import { SETTINGS, type EnvName } from './fields.ts';

/** Every environment name of the connector. Only this file reads `process.env`. */
export const ENV = Object.fromEntries(SETTINGS.map(({ env }) => [env, env])) as {
  readonly [Name in EnvName]: Name;
};

export type RawEnv = Partial<Record<EnvName, string>>;

/** Returns the connector's own variables; an empty one counts as not set. */
export function readEnv(source: Readonly<Record<string, string | undefined>> = process.env): RawEnv {
  return pickEnv(ENV, source);
}
