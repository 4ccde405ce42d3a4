import { parseInput } from '@chat/contract';
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import {
  ApiKey,
  Certificates,
  describeObjectIssue,
  Endpoint,
  Flag,
  ListenHost,
  ListenPort,
  LogLevel,
  MaxMessageSize,
  plainText,
  Routes,
  TargetPort,
} from './config-fields.ts';
import type { Config } from './config.ts';
import type { EnvName, RawEnv } from './env.ts';

/** A path in, the certificate's text out, so that a wrong path is told together with all other problems. */
const CertificateFile = v.pipe(
  plainText(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return readFileSync(dataset.value, 'utf8');
    } catch {
      addIssue({ message: `must be a readable file in PEM form, and ${dataset.value} is not` });
      return NEVER;
    }
  }),
  Certificates,
);

const EnvironmentSchema = v.object(
  {
    DB_HOST: plainText(),
    DB_PORT: v.optional(TargetPort, 5432),
    DB_USER: plainText(),
    DB_PASSWORD: v.optional(v.string()),
    DB_NAME: plainText(),
    DB_SSL: v.optional(
      v.picklist(['true', 'false', 'no-verify', 'rds'], 'must be true, false, no-verify or rds'),
    ),
    DB_SSL_CA: v.optional(CertificateFile),
    ABLY_API_KEY: ApiKey,
    ABLY_CONNECTOR: v.pipe(v.string(), v.parseJson(undefined, 'must be a JSON list'), Routes),
    ABLY_ENDPOINT: v.optional(Endpoint),
    ABLY_PORT: v.optional(TargetPort),
    ABLY_TLS: v.optional(Flag),
    ABLY_MAX_MESSAGE_SIZE: MaxMessageSize,
    HEALTH_HOST: ListenHost,
    HEALTH_PORT: v.optional(ListenPort),
    LOG_LEVEL: LogLevel,
  } satisfies Record<EnvName, v.GenericSchema>,
  describeObjectIssue,
);

type Environment = v.InferOutput<typeof EnvironmentSchema>;

/** @throws InvalidInput with every problem, each under its environment name */
export function parseEnvironment(raw: RawEnv): Config {
  const env = parseInput(EnvironmentSchema, raw, 'The connector environment');
  return {
    dbConfig: {
      host: env.DB_HOST,
      port: env.DB_PORT,
      user: env.DB_USER,
      password: env.DB_PASSWORD,
      database: env.DB_NAME,
      ssl: toSsl(env),
    },
    connector: env.ABLY_CONNECTOR,
    ably: {
      apiKey: env.ABLY_API_KEY,
      endpoint: env.ABLY_ENDPOINT,
      port: env.ABLY_PORT,
      tls: env.ABLY_TLS,
      maxMessageSize: env.ABLY_MAX_MESSAGE_SIZE,
    },
    healthHost: env.HEALTH_HOST,
    healthPort: env.HEALTH_PORT,
    logLevel: env.LOG_LEVEL,
  };
}

function toSsl({ DB_SSL: mode, DB_SSL_CA: ca }: Environment): Config['dbConfig']['ssl'] {
  if (mode === 'false') return false;
  if (mode === 'rds') return 'rds';
  if (mode === 'no-verify') return { rejectUnauthorized: false };
  // Who names a certificate authority wants to be protected by it.
  if (ca !== undefined) return { rejectUnauthorized: true, ca };
  return mode === 'true';
}
