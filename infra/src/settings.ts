import { INCOMING_CHANNEL, OUTGOING_CHANNEL, parseInput } from '@chat/contract';
import * as v from 'valibot';
import { pickEnv, type EnvName, type Source } from './env.ts';

const text = v.string('must be set');

function wholeNumber(from: number, to: number) {
  const message = `must be a whole number from ${from} to ${to}`;
  return v.pipe(
    text,
    v.regex(/^\d{1,6}$/, message),
    v.transform(Number),
    v.minValue(from, message),
    v.maxValue(to, message),
  );
}

function oneOf<const Options extends readonly string[]>(options: Options) {
  return v.picklist(options, `must be ${options.join(' or ')}`);
}

const flag = v.pipe(
  oneOf(['true', 'false']),
  v.transform((value) => value === 'true'),
);

const channelName = v.pipe(
  text,
  // The rule's filter and the keys' capabilities are made of it, where other characters have a meaning of their own.
  v.regex(/^[\w-]{1,100}$/, 'must be letters, digits, - and _ only'),
);

/** What the stack on AWS is made of. */
const stackFields = {
  STAGE: v.optional(
    v.pipe(
      text,
      v.regex(/^[a-z][a-z0-9-]{0,19}$/, 'must be at most 20 small letters, digits and -, a letter first'),
    ),
    'dev',
  ),
  AWS_REGION: v.pipe(
    text,
    v.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region of AWS such as eu-central-1'),
  ),
  ABLY_EXTERNAL_ID: v.pipe(text, v.regex(/^[\w-]+\.[\w-]+$/, 'must be <Ably account id>.<Ably app id>')),
  /** Of the connector's key, without its secret: another key makes another task definition, and so new tasks. */
  ABLY_KEY_NAME: v.optional(
    v.pipe(text, v.regex(/^[\w-]+\.[\w-]+$/, 'must be <app>.<key>, without the secret')),
  ),
  ALARM_EMAIL: v.optional(v.pipe(text, v.email('must be an e-mail address'))),
  DATABASE: v.optional(oneOf(['instance', 'aurora']), 'instance'),
  DATABASE_INSTANCE: v.optional(
    v.pipe(text, v.regex(/^[a-z]\w+\.\w+$/, 'must be a class such as t4g.micro, without "db."')),
    't4g.micro',
  ),
  DATABASE_PROXY: v.optional(flag, 'false'),
  DATABASE_MULTI_AZ: v.optional(flag, 'false'),
  BACKUP_DAYS: v.optional(wholeNumber(1, 35), '7'),
  INGEST: v.optional(oneOf(['lambda', 'kinesis']), 'lambda'),
  CONNECTOR: v.optional(oneOf(['fargate', 'none']), 'fargate'),
  CONNECTOR_CPU: v.optional(oneOf(['arm64', 'x64']), process.arch === 'arm64' ? 'arm64' : 'x64'),
  WRITER_CONCURRENCY: v.optional(wholeNumber(1, 500), '20'),
  OUTGOING_CHANNEL: v.optional(channelName, OUTGOING_CHANNEL),
  INCOMING_CHANNEL: v.optional(channelName, INCOMING_CHANNEL),
} satisfies Partial<Record<EnvName, v.GenericSchema>>;

const { ABLY_EXTERNAL_ID: _externalId, ABLY_KEY_NAME: _keyName, ...knownBefore } = stackFields;

/** What somebody must know before anything exists. What is left out comes from Ably, once there is an app. */
const deployFields = {
  ...knownBefore,
  ABLY_CONTROL_TOKEN: v.pipe(text, v.minLength(10, 'must be an access token of Ably')),
  NETLIFY_AUTH_TOKEN: v.pipe(text, v.minLength(10, 'must be a personal access token of Netlify')),
  NETLIFY_TEAM: v.optional(
    v.pipe(text, v.regex(/^[\w-]+$/, 'must be the slug of a team, as in its address')),
  ),
  SITE_NAME: v.pipe(
    text,
    v.regex(
      /^[a-z0-9]([a-z0-9-]{0,35}[a-z0-9])$/,
      'must be 2 to 37 small letters, digits and -: it becomes <name>.netlify.app',
    ),
  ),
  SOURCE_URL: v.optional(v.pipe(text, v.url('must be an absolute address'))),
} satisfies Partial<Record<EnvName, v.GenericSchema>>;

const StackSettingsSchema = v.pipe(
  v.object(stackFields, () => 'must be set'),
  differentChannels(),
);
const DeploySettingsSchema = v.pipe(
  v.object(deployFields, () => 'must be set'),
  differentChannels(),
);

export type StackSettings = v.InferOutput<typeof StackSettingsSchema>;
export type DeploySettings = v.InferOutput<typeof DeploySettingsSchema>;

/**
 * What `cdk` needs to make the template.
 * @throws InvalidInput with every problem at once, never with a value
 */
export function readStackSettings(source?: Source): StackSettings {
  return parseInput(StackSettingsSchema, pickEnv(source), 'The settings of the stack');
}

/**
 * What `npm run deploy`, `destroy` and `doctor` need.
 * @throws InvalidInput with every problem at once, never with a value
 */
export function readDeploySettings(source?: Source): DeploySettings {
  return parseInput(DeploySettingsSchema, pickEnv(source), 'The settings of the deployment');
}

/** The same settings for a child process, with what Ably has told. */
export function toEnvironment(
  settings: DeploySettings,
  fromAbly: Pick<StackSettings, 'ABLY_EXTERNAL_ID' | 'ABLY_KEY_NAME'>,
): Record<string, string> {
  const { ABLY_CONTROL_TOKEN: _ably, NETLIFY_AUTH_TOKEN: _netlify, ...rest } = settings;
  const entries = Object.entries({ ...rest, ...fromAbly });
  return Object.fromEntries(
    entries.filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)]),
  );
}

function differentChannels<Channels extends { OUTGOING_CHANNEL: string; INCOMING_CHANNEL: string }>() {
  return v.check<Channels, string>(
    (settings) => settings.OUTGOING_CHANNEL !== settings.INCOMING_CHANNEL,
    'OUTGOING_CHANNEL and INCOMING_CHANNEL must differ: what a client wishes is not what the database says',
  );
}
