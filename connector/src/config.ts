import { parseInput } from '@chat/contract';
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

/** `rds` trusts Amazon's authorities for RDS and no others; `ca` is the certificate itself, in PEM form. */
const Ssl = v.union(
  [
    v.boolean(),
    v.literal('rds'),
    v.strictObject({ rejectUnauthorized: v.optional(v.boolean()), ca: v.optional(Certificates) }),
  ],
  'must be true, false, "rds" or { rejectUnauthorized, ca }',
);

/** The 2021 connector's JSON (dbConfig, connector, ably.apiKey), and the optional keys that came later. */
const ConfigSchema = v.strictObject(
  {
    dbConfig: v.strictObject(
      {
        host: plainText(),
        port: v.optional(TargetPort, 5432),
        user: plainText(),
        password: v.optional(v.string('must be text')),
        database: plainText(),
        ssl: v.optional(Ssl),
      },
      describeObjectIssue,
    ),
    connector: Routes,
    ably: v.strictObject(
      {
        apiKey: ApiKey,
        endpoint: v.optional(Endpoint),
        port: v.optional(TargetPort),
        tls: v.optional(Flag),
        maxMessageSize: MaxMessageSize,
      },
      describeObjectIssue,
    ),
    healthHost: ListenHost,
    /** Where `/health`, `/ready` and `/metrics` are: 0 takes any free port, absent means nowhere. */
    healthPort: v.optional(ListenPort),
    logLevel: LogLevel,
  },
  describeObjectIssue,
);

export type RawConfig = v.InferInput<typeof ConfigSchema>;
export type Config = v.InferOutput<typeof ConfigSchema>;

/**
 * @param raw the decoded JSON configuration
 * @throws InvalidInput with every problem, each under its path in the JSON
 */
export function parseConfig(raw: unknown): Config {
  return parseInput(ConfigSchema, raw, 'The connector configuration');
}
