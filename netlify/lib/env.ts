import { describeIssues, INCOMING_CHANNEL, OUTGOING_CHANNEL } from '@chat/contract';
import * as v from 'valibot';
import { Misconfigured } from './errors.ts';

/** Every environment name that the functions know. The only file that reads process.env. */
export const ENV = {
  ABLY_API_KEY: 'ABLY_API_KEY',
  IDENTITY_SECRET: 'IDENTITY_SECRET',
  CHAT_HISTORY_URL: 'CHAT_HISTORY_URL',
  HISTORY_SECRET: 'HISTORY_SECRET',
  OUTGOING_CHANNEL: 'OUTGOING_CHANNEL',
  INCOMING_CHANNEL: 'INCOMING_CHANNEL',
  ABLY_ENDPOINT: 'ABLY_ENDPOINT',
  ABLY_PORT: 'ABLY_PORT',
  ABLY_TLS: 'ABLY_TLS',
  SOURCE_URL: 'SOURCE_URL',
} as const;

type EnvName = keyof typeof ENV;

/** The demo of 2021 that this project re-implements. */
const DEFAULT_SOURCE_URL = 'https://github.com/ably-labs/scalable-serverless-editable-chat-demo';

/** Who can guess it can be anybody: 32 characters are the length of the HMAC that it keys. */
const MIN_IDENTITY_SECRET = 32;
const MIN_HISTORY_SECRET = 16;

const required = v.pipe(v.string(), v.minLength(1, 'must not be empty'));

const channelName = v.pipe(
  required,
  // Ably reads a leading "[…]" as parameters; as a capability, "*" would grant all channels.
  v.regex(/^[^[:,*\s][^,*\r\n]*$/, 'must be an Ably channel name without wildcards'),
);

const webAddress = v.pipe(
  required,
  v.url('must be an absolute address'),
  v.regex(/^https?:/i, 'must begin with http:// or https://'),
);

const Fields = {
  ABLY_API_KEY: v.pipe(
    required,
    v.regex(/^[^.:\s]+\.[^.:\s]+:[^\s:]+$/, 'must be an Ably API key, <app>.<key>:<secret>'),
  ),
  IDENTITY_SECRET: v.pipe(
    required,
    v.minLength(MIN_IDENTITY_SECRET, `must be at least ${MIN_IDENTITY_SECRET} characters`),
  ),
  CHAT_HISTORY_URL: webAddress,
  HISTORY_SECRET: v.pipe(
    required,
    v.minLength(MIN_HISTORY_SECRET, `must be at least ${MIN_HISTORY_SECRET} characters`),
  ),
  OUTGOING_CHANNEL: v.optional(channelName, OUTGOING_CHANNEL),
  INCOMING_CHANNEL: v.optional(channelName, INCOMING_CHANNEL),
  ABLY_ENDPOINT: v.optional(v.pipe(v.string(), v.regex(/^[\w.:-]+$/, 'must be a host or routing name'))),
  ABLY_PORT: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,5}$/, 'must be a port number'),
      v.transform(Number),
      v.minValue(1, 'must be a port number'),
      v.maxValue(65_535, 'must be a port number'),
    ),
  ),
  ABLY_TLS: v.optional(
    v.pipe(
      v.picklist(['true', 'false'], 'must be true or false'),
      v.transform((text) => text === 'true'),
    ),
    'true',
  ),
  SOURCE_URL: v.optional(webAddress, DEFAULT_SOURCE_URL),
} satisfies Record<EnvName, v.GenericSchema>;

const describeMissing = (): string => 'must be set';

/** Each function asks for what it needs alone, so that a chat whose history is not set up yet still chats. */
const { CHAT_HISTORY_URL, HISTORY_SECRET, ...authFields } = Fields;
const AuthEnvSchema = v.object(authFields, describeMissing);
const HistoryEnvSchema = v.object({ CHAT_HISTORY_URL, HISTORY_SECRET }, describeMissing);

export type AuthEnv = v.InferOutput<typeof AuthEnvSchema>;
export type HistoryEnv = v.InferOutput<typeof HistoryEnvSchema>;

/** @throws Misconfigured naming every variable that is missing or wrong, never its value */
export function readAuthEnv(): AuthEnv {
  return read(AuthEnvSchema);
}

/** @throws Misconfigured naming every variable that is missing or wrong, never its value */
export function readHistoryEnv(): HistoryEnv {
  return read(HistoryEnvSchema);
}

function read<Schema extends v.GenericSchema>(schema: Schema): v.InferOutput<Schema> {
  const result = v.safeParse(schema, pickEnv());
  if (!result.success) throw new Misconfigured(describeIssues(result.issues));
  return result.output;
}

/** An empty value counts as not set: that is how a dashboard or an `.env` file leaves something out. */
function pickEnv(): Partial<Record<EnvName, string>> {
  const names = Object.values(ENV);
  return Object.fromEntries(names.map((name) => [name, process.env[name]]).filter(([, value]) => value));
}
