import { PLAN_NAMES, type PlanName } from '@chat/broker';
import { INCOMING_CHANNEL, OUTGOING_CHANNEL, parseInput } from '@chat/contract';
import {
  ablyApiKey,
  ablyEndpoint,
  databaseUrl,
  flag,
  listenPort,
  namesOf,
  oneOf,
  pickEnv,
  settings,
  singleChannelName,
  targetPort,
  text,
  webAddress,
  wholeNumber,
} from '@chat/contract/settings';
import { MOST_MESSAGES_PER_MINUTE } from '@chat/lambda-function/env';
import { join } from 'node:path';
import * as v from 'valibot';
import { REPOSITORY } from './paths.ts';

const localDatabaseUrl = v.pipe(
  databaseUrl,
  v.check((address) => URL.canParse(address), 'must be a complete address'),
  v.check(
    (address) => /^(|disable|verify-full)$/.test(URL.parse(address)?.searchParams.get('sslmode') ?? ''),
    'may have ?sslmode=disable or ?sslmode=verify-full only',
  ),
);

const share = v.pipe(
  v.string(),
  v.regex(/^(0(\.\d{1,6})?|1)$/, 'must be a share from 0 to 1, such as 0.1'),
  v.transform(Number),
);

const brokerFields = {
  ABLY_PLAN: v.optional(oneOf(PLAN_NAMES), 'free'),
  ABLY_RULE_LOSS: v.optional(share, '0'),
};

const fields = {
  PORT: v.optional(listenPort, '3000'),
  LOCAL_DATA_DIR: v.optional(text(), join(REPOSITORY, '.local')),
  DATABASE_URL: v.optional(localDatabaseUrl),
  ABLY_API_KEY: v.optional(ablyApiKey),
  ABLY_ENDPOINT: v.optional(ablyEndpoint),
  ABLY_PORT: v.optional(targetPort),
  ABLY_TLS: v.optional(flag, 'true'),
  ...brokerFields,
  OUTGOING_CHANNEL: v.optional(singleChannelName, OUTGOING_CHANNEL),
  INCOMING_CHANNEL: v.optional(singleChannelName, INCOMING_CHANNEL),
  SOURCE_URL: v.optional(webAddress),
  MESSAGES_PER_MINUTE: v.optional(wholeNumber(1, MOST_MESSAGES_PER_MINUTE)),
  CI: v.optional(v.string()),
};

/** Every environment name that the local stack reads. Only this file reads `process.env`. */
export const ENV = namesOf(fields);

const EnvironmentSchema = v.pipe(
  settings(fields),
  v.rawCheck(({ dataset, addIssue }) => {
    // Also runs when other fields are wrong, so that all problems are reported at once.
    const values = dataset.value as Partial<Record<keyof typeof ENV, unknown>>;
    if (values.ABLY_API_KEY) return;
    for (const name of [ENV.ABLY_ENDPOINT, ENV.ABLY_PORT]) {
      if (values[name]) addIssue({ message: `${name}: has no effect without ABLY_API_KEY` });
    }
  }),
);

export type Environment = v.InferOutput<typeof EnvironmentSchema>;

/** @throws InvalidInput with every problem at once, never with a value */
export function readEnvironment(source: NodeJS.ProcessEnv = process.env): Environment {
  return parseInput(EnvironmentSchema, pickEnv(ENV, source), 'The environment');
}

/** How harsh the local broker is. */
export interface BrokerSettings {
  /** The Ably plan that it enforces. */
  plan: PlanName;
  /** The share (0 to 1) of acknowledged messages that its rule loses on purpose. */
  ruleLoss: number;
}

/**
 * Returns the settings of the local broker alone, also for tests, which read no others.
 * @throws InvalidInput
 */
export function readBrokerSettings(source: NodeJS.ProcessEnv = process.env): BrokerSettings {
  const { ABLY_PLAN: plan, ABLY_RULE_LOSS: ruleLoss } = parseInput(
    settings(brokerFields),
    pickEnv(namesOf(brokerFields), source),
    'The environment',
  );
  return { plan, ruleLoss };
}
