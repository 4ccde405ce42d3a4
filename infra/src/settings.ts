import { INCOMING_CHANNEL, OUTGOING_CHANNEL, parseInput } from '@chat/contract';
import {
  channelName,
  flag,
  namesOf,
  oneOf,
  pickEnv,
  settings,
  text,
  webAddress,
  wholeNumber,
} from '@chat/contract/settings';
import { MOST_MESSAGES_PER_MINUTE } from '@chat/lambda-function/env';
import * as v from 'valibot';
import { hasRdsAuthority } from './rds-regions.ts';

type Source = Readonly<Record<string, string | undefined>>;

function matching(pattern: RegExp, message: string) {
  return v.pipe(text(), v.regex(pattern, message));
}

/** Stricter than elsewhere: it becomes part of a rule's regular expression and of capabilities. */
const literalChannelName = v.pipe(
  channelName,
  v.regex(/^[\w-]{1,100}$/, 'must be letters, digits, - and _ only'),
);

const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;

const region = v.pipe(
  matching(REGION, 'must be an AWS region such as eu-central-1'),
  v.check(
    (name) => !REGION.test(name) || hasRdsAuthority(name),
    'must be a region whose RDS certificates this version can verify (docs/deploying.md): choose another',
  ),
);

/** What both the CDK program and the deployment read. */
const commonFields = {
  STAGE: v.optional(
    matching(/^[a-z][a-z0-9-]{0,19}$/, 'must be at most 20 small letters, digits and -, a letter first'),
    'dev',
  ),
  AWS_REGION: region,
  /** In the names of what `cdk bootstrap` creates; the default is the CDK's. */
  CDK_QUALIFIER: v.optional(
    matching(/^[\w-]{1,10}$/, 'must be at most 10 letters, digits, _ and -'),
    'hnb659fds',
  ),
  PERMISSIONS_BOUNDARY: v.optional(
    matching(/^[\w+=,.@-]{1,128}$/, 'must be the name of a managed policy of the account, not its ARN'),
  ),
  /** Whose branch with the name of the stage may deploy it; GitHub Actions sets it too. */
  GITHUB_REPOSITORY: v.optional(matching(/^[\w-]+\/[\w.-]+$/, 'must be <owner>/<name> at GitHub')),
  GITHUB_PROVIDER: v.optional(oneOf(['create', 'existing']), 'create'),
  ALARM_EMAIL: v.optional(v.pipe(text(), v.email('must be an e-mail address'))),
  /** In US dollars. */
  MONTHLY_BUDGET: v.optional(wholeNumber(1, 1_000_000)),
  DATABASE: v.optional(oneOf(['instance', 'aurora']), 'instance'),
  DATABASE_INSTANCE: v.optional(
    matching(/^[a-z]\w+\.\w+$/, 'must be a class such as t4g.micro, without "db."'),
    't4g.micro',
  ),
  DATABASE_PROXY: v.optional(flag, 'false'),
  DATABASE_MULTI_AZ: v.optional(flag, 'false'),
  BACKUP_DAYS: v.optional(wholeNumber(1, 35), '7'),
  /** `draining`: the rule invokes the function, and the function still reads the stream. */
  INGEST: v.optional(oneOf(['lambda', 'kinesis', 'draining']), 'lambda'),
  CONNECTOR: v.optional(oneOf(['fargate', 'none']), 'fargate'),
  /** What builds the image; without it, `npm run deploy` finds out, and the CDK uses CodeBuild. */
  CONNECTOR_IMAGE: v.optional(oneOf(['docker', 'codebuild'])),
  CONNECTOR_CPU: v.optional(oneOf(['arm64', 'x64']), process.arch === 'arm64' ? 'arm64' : 'x64'),
  RESERVE_CONCURRENCY: v.optional(flag, 'true'),
  WRITER_CONCURRENCY: v.optional(wholeNumber(1, 500), '20'),
  MESSAGES_PER_MINUTE: v.optional(wholeNumber(1, MOST_MESSAGES_PER_MINUTE)),
  OUTGOING_CHANNEL: v.optional(literalChannelName, OUTGOING_CHANNEL),
  INCOMING_CHANNEL: v.optional(literalChannelName, INCOMING_CHANNEL),
};

/** The CDK program also reads what Ably and AWS assigned to the app and its key. */
const stackFields = {
  ...commonFields,
  ABLY_EXTERNAL_ID: matching(/^[\w-]+\.[\w-]+$/, 'must be <Ably account id>.<Ably app id>'),
  /**
   * The connector's key without its secret: a new key changes the task definition, so tasks
   * restart.
   */
  ABLY_KEY_NAME: v.optional(matching(/^[\w-]+\.[\w-]+$/, 'must be <app>.<key>, without the secret')),
  /** Of the secret with the connector's key. Secrets Manager appends six random characters. */
  ABLY_KEY_SECRET_ARN: v.optional(
    matching(
      /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:.+-\w{6}$/,
      'must be the complete ARN of a secret, with the six characters at its end',
    ),
  ),
};

/** The deployment also reads the credentials and the name of the site. */
const deployFields = {
  ...commonFields,
  ABLY_CONTROL_TOKEN: v.pipe(text(10_000), v.minLength(10, 'must be an Ably access token')),
  NETLIFY_AUTH_TOKEN: v.pipe(text(10_000), v.minLength(10, 'must be a Netlify personal access token')),
  NETLIFY_TEAM: v.optional(matching(/^[\w-]+$/, 'must be the slug of a team, as in its address')),
  SITE_NAME: matching(
    /^[a-z0-9]([a-z0-9-]{0,35}[a-z0-9])$/,
    'must be 2 to 37 small letters, digits and -: it becomes <name>.netlify.app',
  ),
  SOURCE_URL: v.optional(webAddress),
};

/** Every environment name of the deployment; docs/deploying.md describes each. */
export const ENV = namesOf({ ...stackFields, ...deployFields });

const StackSettingsSchema = v.pipe(
  settings(stackFields),
  differentChannels(),
  budgetWithSubscriber(),
  v.check(
    ({ CONNECTOR, ABLY_KEY_SECRET_ARN }) => CONNECTOR === 'none' || ABLY_KEY_SECRET_ARN !== undefined,
    'ABLY_KEY_SECRET_ARN: must be set, unless CONNECTOR is none',
  ),
);
const DeploySettingsSchema = v.pipe(settings(deployFields), differentChannels(), budgetWithSubscriber());

export type StackSettings = v.InferOutput<typeof StackSettingsSchema>;
export type DeploySettings = v.InferOutput<typeof DeploySettingsSchema>;

/**
 * Reads what `cdk` needs to make the template.
 * @throws InvalidInput with every problem at once, never with a value
 */
export function readStackSettings(source: Source = process.env): StackSettings {
  return parseInput(StackSettingsSchema, pickEnv(ENV, source), 'The settings of the stack');
}

/**
 * Reads what `npm run deploy`, `destroy` and `doctor` need.
 * @throws InvalidInput with every problem at once, never with a value
 */
export function readDeploySettings(source: Source = process.env): DeploySettings {
  return parseInput(DeploySettingsSchema, pickEnv(ENV, source), 'The settings of the deployment');
}

/** Returns the settings as the environment of the CDK program, without the tokens. */
export function toEnvironment(
  deploySettings: DeploySettings,
  found: Pick<StackSettings, 'ABLY_EXTERNAL_ID' | 'ABLY_KEY_NAME' | 'ABLY_KEY_SECRET_ARN'>,
): Record<string, string> {
  const { ABLY_CONTROL_TOKEN: _ably, NETLIFY_AUTH_TOKEN: _netlify, ...rest } = deploySettings;
  const entries = Object.entries({ ...rest, ...found });
  return Object.fromEntries(
    entries.filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)]),
  );
}

function differentChannels<Channels extends { OUTGOING_CHANNEL: string; INCOMING_CHANNEL: string }>() {
  return v.check<Channels, string>(
    ({ OUTGOING_CHANNEL: outgoing, INCOMING_CHANNEL: incoming }) => outgoing !== incoming,
    'OUTGOING_CHANNEL and INCOMING_CHANNEL must differ: clients publish on one, the connector on the other',
  );
}

interface BudgetSettings {
  MONTHLY_BUDGET?: number | undefined;
  ALARM_EMAIL?: string | undefined;
}

function budgetWithSubscriber<Budget extends BudgetSettings>() {
  return v.check<Budget, string>(
    ({ MONTHLY_BUDGET, ALARM_EMAIL }) => MONTHLY_BUDGET === undefined || ALARM_EMAIL !== undefined,
    'MONTHLY_BUDGET: needs ALARM_EMAIL, the address that it notifies',
  );
}
