import { INCOMING_CHANNEL, OUTGOING_CHANNEL, parseInput } from '@chat/contract';
import { join } from 'node:path';
import * as v from 'valibot';
import { REPOSITORY } from './paths.ts';

/** Every environment name that the local stack knows; README has them in a table. The only file that reads process.env. */
export const ENV = {
  PORT: 'PORT',
  LOCAL_DATA_DIR: 'LOCAL_DATA_DIR',
  DATABASE_URL: 'DATABASE_URL',
  ABLY_API_KEY: 'ABLY_API_KEY',
  ABLY_ENDPOINT: 'ABLY_ENDPOINT',
  ABLY_PORT: 'ABLY_PORT',
  ABLY_TLS: 'ABLY_TLS',
  OUTGOING_CHANNEL: 'OUTGOING_CHANNEL',
  INCOMING_CHANNEL: 'INCOMING_CHANNEL',
  SOURCE_URL: 'SOURCE_URL',
  CI: 'CI',
} as const;

type EnvName = keyof typeof ENV;

/** 0 asks for any free port. */
const listenPort = v.pipe(
  v.string(),
  v.regex(/^\d{1,5}$/, 'must be a port number'),
  v.transform(Number),
  v.maxValue(65_535, 'must be a port number'),
);

const port = v.pipe(listenPort, v.minValue(1, 'must be a port number'));

const databaseUrl = v.pipe(
  v.string(),
  v.check(
    (text) => /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? ''),
    'must be like postgres://user:password@host:port/database',
  ),
  v.check(
    (text) => /^(|disable|verify-full)$/.test(URL.parse(text)?.searchParams.get('sslmode') ?? ''),
    'may have ?sslmode=disable or ?sslmode=verify-full only',
  ),
);

const SettingsSchema = v.pipe(
  v.object({
    PORT: v.optional(listenPort, '3000'),
    LOCAL_DATA_DIR: v.optional(v.string(), join(REPOSITORY, '.local')),
    DATABASE_URL: v.optional(databaseUrl),
    ABLY_API_KEY: v.optional(
      v.pipe(v.string(), v.regex(/^[^.:\s]+\.[^.:\s]+:[^:.\s]+$/, 'must be <app>.<key>:<secret>')),
    ),
    ABLY_ENDPOINT: v.optional(v.pipe(v.string(), v.regex(/^[\w.:-]+$/, 'must be a host or routing name'))),
    ABLY_PORT: v.optional(port),
    ABLY_TLS: v.optional(v.picklist(['true', 'false'], 'must be true or false'), 'true'),
    OUTGOING_CHANNEL: v.optional(v.string(), OUTGOING_CHANNEL),
    INCOMING_CHANNEL: v.optional(v.string(), INCOMING_CHANNEL),
    SOURCE_URL: v.optional(v.pipe(v.string(), v.url('must be an absolute address'))),
    CI: v.optional(v.string()),
  } satisfies Record<EnvName, v.GenericSchema>),
  v.rawCheck(({ dataset, addIssue }) => {
    // Also where other fields are wrong already, so that everything is told at once.
    const given = dataset.value as Partial<Record<EnvName, unknown>>;
    if (given.ABLY_API_KEY) return;
    for (const name of ['ABLY_ENDPOINT', 'ABLY_PORT'] as const) {
      if (given[name]) addIssue({ message: `${name}: is of use only together with ABLY_API_KEY` });
    }
  }),
);

export type Environment = v.InferOutput<typeof SettingsSchema>;

/**
 * The environment as settings. An empty value counts as not given.
 * @throws InvalidInput with every problem at once
 */
export function readEnvironment(source: NodeJS.ProcessEnv = process.env): Environment {
  const names = Object.values(ENV);
  const given = Object.fromEntries(names.map((name) => [name, source[name]]).filter(([, value]) => value));
  return parseInput(SettingsSchema, given, 'The environment');
}
