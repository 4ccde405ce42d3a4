import { describeIssues, INCOMING_CHANNEL, OUTGOING_CHANNEL } from '@chat/contract';
import {
  ablyApiKey,
  ablyEndpoint,
  flag,
  historySecret,
  namesOf,
  pickEnv,
  secret,
  settings,
  singleChannelName,
  targetPort,
  webAddress,
} from '@chat/contract/settings';
import * as v from 'valibot';
import { Misconfigured } from './errors.ts';

/** The 2021 demo that this project reimplements. */
const DEFAULT_SOURCE_URL = 'https://github.com/ably-labs/scalable-serverless-editable-chat-demo';

const identityFields = {
  /** Anyone who guesses it can impersonate any user. It keys an HMAC of 32 bytes. */
  IDENTITY_SECRET: secret(32),
  /** The value before the last rotation: verifies identities, and signs none. */
  IDENTITY_SECRET_PREVIOUS: v.optional(secret(32)),
};

const authFields = {
  ABLY_API_KEY: ablyApiKey,
  ...identityFields,
  OUTGOING_CHANNEL: v.optional(singleChannelName, OUTGOING_CHANNEL),
  INCOMING_CHANNEL: v.optional(singleChannelName, INCOMING_CHANNEL),
  ABLY_ENDPOINT: v.optional(ablyEndpoint),
  ABLY_PORT: v.optional(targetPort),
  ABLY_TLS: v.optional(flag, 'true'),
  SOURCE_URL: v.optional(webAddress, DEFAULT_SOURCE_URL),
};

const historyFields = {
  ...identityFields,
  CHAT_HISTORY_URL: webAddress,
  HISTORY_SECRET: historySecret,
};

/** Every environment name that the functions read. Only this file reads `process.env`. */
export const ENV = namesOf({ ...authFields, ...historyFields });

/**
 * One schema per function: the chat works although its history is not set up yet. Each contains
 * what `authorize` needs, so that a function reports all problems at once.
 */
const IdentityEnvSchema = settings(identityFields);
const AuthEnvSchema = settings(authFields);
const HistoryEnvSchema = settings(historyFields);

export type IdentityEnv = v.InferOutput<typeof IdentityEnvSchema>;
export type AuthEnv = v.InferOutput<typeof AuthEnvSchema>;
export type HistoryEnv = v.InferOutput<typeof HistoryEnvSchema>;

/** @throws Misconfigured naming every variable that is missing or wrong, never its value */
export function readIdentityEnv(): IdentityEnv {
  return read(IdentityEnvSchema);
}

/** @throws Misconfigured naming every variable that is missing or wrong, never its value */
export function readAuthEnv(): AuthEnv {
  return read(AuthEnvSchema);
}

/** @throws Misconfigured naming every variable that is missing or wrong, never its value */
export function readHistoryEnv(): HistoryEnv {
  return read(HistoryEnvSchema);
}

function read<Schema extends v.GenericSchema>(schema: Schema): v.InferOutput<Schema> {
  const result = v.safeParse(schema, pickEnv(ENV, process.env));
  if (!result.success) throw new Misconfigured(describeIssues(result.issues));
  return result.output;
}
