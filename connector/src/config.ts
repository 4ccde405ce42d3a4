import { parseInput } from '@chat/contract';
import * as v from 'valibot';
import {
  ApiKey,
  describeObjectIssue,
  Endpoint,
  Flag,
  ListenPort,
  LogLevel,
  plainText,
  Routes,
  TargetPort,
} from './config-fields.ts';

/** Handed to `pg` as it is; `ca` is the certificate itself, in PEM form. */
const Ssl = v.union(
  [
    v.boolean(),
    v.strictObject({ rejectUnauthorized: v.optional(v.boolean()), ca: v.optional(plainText(1_000_000)) }),
  ],
  'must be true, false or { rejectUnauthorized, ca }',
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
      },
      describeObjectIssue,
    ),
    /** Where `/health` listens on 127.0.0.1: 0 takes any free port, absent means no health endpoint. */
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
