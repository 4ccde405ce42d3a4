/**
 * The calls of Ably's Control API that the deployment uses, with the fields that it may send and
 * receive: https://ably.com/docs/api/control-api. Like Ably, the schemas accept no other field.
 */
import * as v from 'valibot';

const timestamps = { created: v.number(), modified: v.number() };
const status = v.picklist(['enabled', 'disabled']);
/** Operations in use: https://ably.com/docs/auth/capabilities. */
const capability = v.record(
  v.pipe(v.string(), v.nonEmpty()),
  v.pipe(v.array(v.picklist(['publish', 'subscribe', 'history', 'presence', '*'])), v.nonEmpty()),
);

export const MeSchema = v.strictObject({
  token: v.strictObject({
    id: v.string(),
    name: v.string(),
    capabilities: v.array(v.string()),
    expires_at: v.nullable(v.pipe(v.string(), v.isoTimestamp())),
    last_used_at: v.nullable(v.pipe(v.string(), v.isoTimestamp())),
  }),
  user: v.strictObject({ id: v.pipe(v.number(), v.integer()), email: v.string() }),
  account: v.strictObject({ id: v.string(), name: v.string() }),
});

const appFields = { name: v.pipe(v.string(), v.nonEmpty()), tlsOnly: v.optional(v.boolean()) };
export const AppPostSchema = v.strictObject(appFields);
export const AppPatchSchema = v.partial(v.strictObject(appFields));
export const AppSchema = v.strictObject({
  ...appFields,
  ...timestamps,
  id: v.string(),
  accountId: v.string(),
  status,
});

const keyFields = {
  name: v.pipe(v.string(), v.nonEmpty()),
  capability,
  revocableTokens: v.optional(v.boolean()),
};
export const KeyPostSchema = v.strictObject(keyFields);
export const KeyPatchSchema = v.partial(v.strictObject(keyFields));
export const KeySchema = v.strictObject({
  ...keyFields,
  ...timestamps,
  id: v.string(),
  appId: v.string(),
  /** 0 active, 1 revoked. */
  status: v.picklist([0, 1]),
  key: v.pipe(v.string(), v.regex(/^[\w-]+\.[\w-]+:[\w-]+$/)),
});

const sourceFields = {
  channelFilter: v.string(),
  type: v.picklist(['channel.message', 'channel.presence', 'channel.lifecycle', 'channel.occupancy']),
};
const assumeRole = v.strictObject({
  authenticationMode: v.literal('assumeRole'),
  assumeRoleArn: v.pipe(v.string(), v.regex(/^arn:[\w-]+:iam::\d{12}:role\/.+$/)),
});
const awsTarget = {
  region: v.pipe(v.string(), v.nonEmpty()),
  authentication: assumeRole,
  enveloped: v.optional(v.boolean()),
};
const lambdaTarget = { ...awsTarget, functionName: v.pipe(v.string(), v.nonEmpty()) };
const kinesisTarget = {
  ...awsTarget,
  streamName: v.pipe(v.string(), v.nonEmpty()),
  partitionKey: v.pipe(v.string(), v.nonEmpty()),
  format: v.literal('json'),
};

const ruleFields = { requestMode: v.picklist(['single', 'batch']), status: v.optional(status) };
const lambdaType = { ruleType: v.literal('aws/lambda') };
const kinesisType = { ruleType: v.literal('aws/kinesis') };

const postFields = { ...ruleFields, source: v.strictObject(sourceFields) };
export const RulePostSchema = v.variant('ruleType', [
  v.strictObject({ ...lambdaType, ...postFields, target: v.strictObject(lambdaTarget) }),
  v.strictObject({ ...kinesisType, ...postFields, target: v.strictObject(kinesisTarget) }),
]);

const patchFields = {
  requestMode: v.optional(ruleFields.requestMode),
  status: v.optional(status),
  source: v.optional(v.partial(v.strictObject(sourceFields))),
};
export const RulePatchSchema = v.variant('ruleType', [
  v.strictObject({ ...lambdaType, ...patchFields, target: v.optional(v.strictObject(lambdaTarget)) }),
  v.strictObject({ ...kinesisType, ...patchFields, target: v.optional(v.strictObject(kinesisTarget)) }),
]);

const ruleAnswer = { ...postFields, ...timestamps, id: v.string(), appId: v.string(), version: v.string() };
/** Ably adds `format` to the target of a Lambda rule. */
const lambdaAnswer = v.strictObject({ ...lambdaTarget, format: v.optional(v.literal('json')) });
export const RuleSchema = v.variant('ruleType', [
  v.strictObject({ ...lambdaType, ...ruleAnswer, target: lambdaAnswer }),
  v.strictObject({ ...kinesisType, ...ruleAnswer, target: v.strictObject(kinesisTarget) }),
]);
