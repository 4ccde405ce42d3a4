/** The environment names of the connector; the first seven are the 2021 connector's. The only file that reads process.env. */
export const ENV = {
  DB_HOST: 'DB_HOST',
  DB_PORT: 'DB_PORT',
  DB_USER: 'DB_USER',
  DB_PASSWORD: 'DB_PASSWORD',
  DB_NAME: 'DB_NAME',
  ABLY_API_KEY: 'ABLY_API_KEY',
  ABLY_CONNECTOR: 'ABLY_CONNECTOR',
  ABLY_ENDPOINT: 'ABLY_ENDPOINT',
  ABLY_PORT: 'ABLY_PORT',
  ABLY_TLS: 'ABLY_TLS',
  ABLY_MAX_MESSAGE_SIZE: 'ABLY_MAX_MESSAGE_SIZE',
  DB_SSL: 'DB_SSL',
  DB_SSL_CA: 'DB_SSL_CA',
  HEALTH_HOST: 'HEALTH_HOST',
  HEALTH_PORT: 'HEALTH_PORT',
  LOG_LEVEL: 'LOG_LEVEL',
} as const;

export type EnvName = keyof typeof ENV;
export type RawEnv = Partial<Record<EnvName, string>>;

/**
 * Picks our names out of an environment. An empty value counts as not given: `DB_SSL=${DB_SSL:-}` in a compose file
 * passes an empty text for what nobody set.
 */
export function pickEnv(source: Readonly<Record<string, string | undefined>> = process.env): RawEnv {
  const names = Object.values(ENV);
  return Object.fromEntries(names.map((name) => [name, source[name]]).filter(([, value]) => value));
}
