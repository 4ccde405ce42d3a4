import { parseInput } from '@chat/contract';
import type * as v from 'valibot';

/** Every environment name that the deployment knows; docs/deploying.md has them in a table. The only file that reads process.env. */
export const ENV = {
  STAGE: 'STAGE',
  AWS_REGION: 'AWS_REGION',
  ABLY_CONTROL_TOKEN: 'ABLY_CONTROL_TOKEN',
  ABLY_EXTERNAL_ID: 'ABLY_EXTERNAL_ID',
  ABLY_KEY_NAME: 'ABLY_KEY_NAME',
  NETLIFY_AUTH_TOKEN: 'NETLIFY_AUTH_TOKEN',
  NETLIFY_TEAM: 'NETLIFY_TEAM',
  SITE_NAME: 'SITE_NAME',
  ALARM_EMAIL: 'ALARM_EMAIL',
  DATABASE: 'DATABASE',
  DATABASE_INSTANCE: 'DATABASE_INSTANCE',
  DATABASE_PROXY: 'DATABASE_PROXY',
  DATABASE_MULTI_AZ: 'DATABASE_MULTI_AZ',
  BACKUP_DAYS: 'BACKUP_DAYS',
  INGEST: 'INGEST',
  CONNECTOR: 'CONNECTOR',
  CONNECTOR_CPU: 'CONNECTOR_CPU',
  WRITER_CONCURRENCY: 'WRITER_CONCURRENCY',
  OUTGOING_CHANNEL: 'OUTGOING_CHANNEL',
  INCOMING_CHANNEL: 'INCOMING_CHANNEL',
  SOURCE_URL: 'SOURCE_URL',
} as const;

export type EnvName = keyof typeof ENV;
export type Source = Readonly<Record<string, string | undefined>>;

/** Picks our names. An empty value counts as not given: that is how an `.env` file leaves something out. */
export function pickEnv(source: Source = process.env): Partial<Record<EnvName, string>> {
  const names = Object.values(ENV);
  return Object.fromEntries(names.map((name) => [name, source[name]]).filter(([, value]) => value));
}

/** For a program that we start: all that we have, without the tokens, and what it shall have besides. */
export function childEnvironment(added: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { ABLY_CONTROL_TOKEN: _ably, NETLIFY_AUTH_TOKEN: _netlify, ...inherited } = process.env;
  return { ...inherited, ...added };
}

/** What the stack has set for a function of ours on AWS. */
export function readFunctionEnv<Schema extends v.GenericSchema>(schema: Schema): v.InferOutput<Schema> {
  return parseInput(schema, process.env, 'The environment');
}
