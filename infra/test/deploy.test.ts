import { beforeEach, describe, expect } from 'vitest';
import { deploy } from '../src/deploy/deploy.ts';
import { test } from './support/clouds-test.ts';
import type { FakeClouds } from './support/fake-clouds.ts';
import { publish } from './support/fake-netlify.ts';

const YES = { yes: true };

const programsRun = ({ aws }: FakeClouds) => aws.runs.map(({ program, args }) => `${program} ${args[0]}`);

/** Every call and program that may have changed something. */
const changes = (fakes: FakeClouds) => [
  ...fakes.ably.faults.changes(),
  ...fakes.netlify.faults.changes(),
  ...programsRun(fakes),
];

describe('the first deployment', () => {
  test('creates everything, in the order of the dependencies', async ({ fakes }) => {
    await deploy(fakes.clouds(), YES);
    expect(fakes.ably.faults.changes()).toEqual([
      'POST /accounts/acc123/apps',
      'POST /apps/id1/keys',
      'POST /apps/id1/keys',
      'POST /apps/id1/rules',
    ]);
    expect(programsRun(fakes)).toEqual(['cdk bootstrap', 'cdk deploy', 'netlify deploy']);
    expect(fakes.netlify.state.sites).toMatchObject([{ name: 'my-chat', account_slug: 'my-team' }]);
    expect(fakes.smoke.sites).toEqual(['https://my-chat.netlify.app']);
    expect(fakes.lines.at(-1)).toContain('https://my-chat.netlify.app');
  });

  test('creates keys with the smallest capability, and a rule with an anchored filter', async ({ fakes }) => {
    await deploy(fakes.clouds(), YES);
    const { apps, keys, rules } = fakes.ably.state;
    expect(apps).toMatchObject([{ name: 'serverless-chat-dev', tlsOnly: true }]);
    expect(
      keys.map(({ name, capability, revocableTokens }) => ({ name, capability, revocableTokens })),
    ).toEqual([
      {
        name: 'auth function',
        revocableTokens: true,
        capability: {
          'outgoing-chat': ['publish'],
          'incoming-chat': ['history', 'presence', 'subscribe'],
        },
      },
      { name: 'connector', revocableTokens: false, capability: { 'incoming-chat': ['publish'] } },
    ]);
    expect(rules).toMatchObject([
      {
        ruleType: 'aws/lambda',
        requestMode: 'single',
        status: 'enabled',
        source: { channelFilter: '^outgoing-chat$', type: 'channel.message' },
        target: {
          region: 'eu-central-1',
          functionName: 'serverless-chat-dev-WriterFunctionF8DB638B-a1B2c3D4e5F6',
          enveloped: true,
          authentication: {
            authenticationMode: 'assumeRole',
            assumeRoleArn: 'arn:aws:iam::111122223333:role/serverless-chat-dev-AblyRole589490BC-a1B2c3D4e5F6',
          },
        },
      },
    ]);
  });

  test('passes the app’s external id to the CDK, and no token', async ({ fakes }) => {
    await deploy(fakes.clouds(), YES);
    const [, cdk, netlify] = fakes.aws.runs;
    expect(cdk?.env).toMatchObject({
      ABLY_EXTERNAL_ID: 'acc123.id1',
      ABLY_KEY_NAME: 'id1.id3',
      ABLY_KEY_SECRET_ARN:
        'arn:aws:secretsmanager:eu-central-1:111122223333:secret:serverless-chat-dev/connector-ably-key-AbCdEf',
      STAGE: 'dev',
      AWS_REGION: 'eu-central-1',
    });
    expect(Object.keys(cdk?.env ?? {})).not.toContain('ABLY_CONTROL_TOKEN');
    expect(netlify?.env).toEqual({ NETLIFY_AUTH_TOKEN: 'a-netlify-token', NETLIFY_SITE_ID: 'site-my-chat' });
  });

  test('stores keys and secrets where they are needed, and prints none', async ({ fakes }) => {
    await deploy(fakes.clouds(), YES);
    const [auth, connector] = fakes.ably.state.keys;
    expect(fakes.aws.secrets.get('serverless-chat-dev/connector-ably-key')).toBe(connector?.key);
    const variables = fakes.netlify.variables();
    const values = Object.fromEntries([...variables].map(([key, { values }]) => [key, values[0]?.value]));
    expect(values).toMatchObject({
      ABLY_API_KEY: auth?.key,
      IDENTITY_SECRET: 'i'.repeat(48),
      IDENTITY_SECRET_PREVIOUS: 'i'.repeat(48),
      HISTORY_SECRET: 'h'.repeat(48),
      CHAT_HISTORY_URL: 'https://history.lambda-url.example/',
      OUTGOING_CHANNEL: 'outgoing-chat',
      INCOMING_CHANNEL: 'incoming-chat',
    });
    const secrets = [...variables.values()].filter(({ is_secret }) => is_secret);
    expect(secrets).toHaveLength(4);
    // A preview runs code that has not been merged.
    for (const { values } of secrets) expect(values.map(({ context }) => context)).toEqual(['production']);
    const printed = fakes.lines.join('\n');
    for (const secret of [auth?.key, connector?.key, 'h'.repeat(48), 'a-control-token', 'a-netlify-token']) {
      expect(printed).not.toContain(secret);
    }
  });

  test.for([
    ['ROLLBACK_COMPLETE', true],
    ['CREATE_FAILED', true],
    ['DELETE_COMPLETE', true],
    ['ROLLBACK_FAILED', true],
    ['UPDATE_ROLLBACK_FAILED', true],
    ['CREATE_IN_PROGRESS', true],
    ['CREATE_COMPLETE', false],
    ['UPDATE_COMPLETE', false],
    ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', false],
    ['UPDATE_ROLLBACK_COMPLETE', false],
  ] as const)('bootstraps the CDK where that is %s: %s', async ([status, bootstraps], { fakes }) => {
    fakes.aws.stacks.set('CDKToolkit', { status, outputs: {} });
    await deploy(fakes.clouds(), YES);
    expect(programsRun(fakes).includes('cdk bootstrap')).toBe(bootstraps);
  });

  test('ends with the mail that must be confirmed before alarms arrive', async ({ fakes }) => {
    await deploy(fakes.clouds({ ALARM_EMAIL: 'alarms@example.com' }), YES);
    expect(fakes.lines.join('\n')).toMatch(/Alarms reach alarms@example\.com only after the link/);
  });

  test('skips the smoke test without a connector, which nothing could pass', async ({ fakes }) => {
    await deploy(fakes.clouds({ CONNECTOR: 'none' }), YES);
    expect(fakes.smoke.sites).toEqual([]);
    expect(fakes.lines.join('\n')).toMatch(/Smoke test: skipped: with CONNECTOR=none/);
  });

  test('prompts before it changes anything, and accepts only a yes', async ({ fakes }) => {
    fakes.answers.push('perhaps');
    expect(await deploy(fakes.clouds())).toBe(false);
    expect(changes(fakes)).toEqual([]);
    fakes.answers.push('yes');
    expect(await deploy(fakes.clouds())).toBe(true);
  });

  test('prints the plan and changes nothing with --plan', async ({ fakes }) => {
    await deploy(fakes.clouds(), { plan: true });
    expect(changes(fakes)).toEqual([]);
    expect(fakes.aws.secrets.size).toBe(0);
    const plan = fakes.lines.join('\n');
    expect(plan).toMatch(/\+ app serverless-chat-dev/);
    expect(plan).toMatch(/\+ stack serverless-chat-dev/);
    expect(plan).toMatch(/\+ site my-chat/);
    expect(plan).toMatch(/\$ a month/);
  });
});

describe('the second deployment', () => {
  beforeEach<{ fakes: FakeClouds }>(async ({ fakes }) => {
    await deploy(fakes.clouds(), YES);
    fakes.clearRecords();
  });

  test('changes nothing when nothing has changed', async ({ fakes }) => {
    await deploy(fakes.clouds(), YES);
    expect(fakes.ably.faults.changes()).toEqual([]);
    expect(fakes.netlify.faults.changes()).toEqual([]);
    expect(programsRun(fakes)).toEqual(['cdk diff', 'cdk deploy']);
    expect(fakes.lines.filter((line) => /^ .*[+~] /.test(line))).toEqual([]);
  });

  test('updates what depends on a changed setting, and creates nothing twice', async ({ fakes }) => {
    await deploy(fakes.clouds({ OUTGOING_CHANNEL: 'room-out' }), YES);
    const { apps, keys, rules } = fakes.ably.state;
    expect({ apps: apps.length, keys: keys.length, rules: rules.length }).toEqual({
      apps: 1,
      keys: 2,
      rules: 1,
    });
    expect(rules[0]?.source.channelFilter).toBe('^room-out$');
    expect(keys[0]?.capability).toHaveProperty('room-out');
    expect(fakes.netlify.faults.changes()).toEqual(['PUT /accounts/team1/env/OUTGOING_CHANNEL']);
    // A function keeps the variables of its deploy.
    expect(programsRun(fakes)).toContain('netlify deploy');
  });

  test('takes the secrets from previews that an earlier version gave them', async ({ fakes }) => {
    const variables = fakes.netlify.variables();
    const everywhere = (['production', 'deploy-preview'] as const).map((context) => ({
      context,
      value: 'old',
    }));
    for (const variable of variables.values()) {
      if (variable.is_secret) variables.set(variable.key, { ...variable, values: everywhere });
    }
    // The earlier version's fingerprint did not cover the contexts.
    const values = [{ context: 'all' as const, value: 'fingerprint of an earlier version' }];
    variables.set('DEPLOYED_SECRETS', { key: 'DEPLOYED_SECRETS', values });
    await deploy(fakes.clouds(), YES);
    const contexts = [...variables.values()].filter((one) => one.is_secret).flatMap((one) => one.values);
    expect(contexts.map(({ context }) => context)).toEqual(Array(4).fill('production'));
  });

  test('publishes again when another deploy has been published by hand', async ({ fakes }) => {
    publish(fakes.netlify.state, 'site-my-chat', 'an earlier one');
    await deploy(fakes.clouds(), { plan: true });
    expect(fakes.lines.join('\n')).toMatch(/> publish page and functions .* \(15 of your Netlify credits\)/);
    await deploy(fakes.clouds(), YES);
    expect(programsRun(fakes)).toContain('netlify deploy');
  });

  test('creates the rule for a stream before it deletes the one for the function', async ({ fakes }) => {
    await deploy(fakes.clouds({ INGEST: 'kinesis' }), YES);
    expect(fakes.ably.state.rules).toMatchObject([
      { ruleType: 'aws/kinesis', target: { streamName: 'stream-1' } },
    ]);
    expect(fakes.ably.faults.changes()).toEqual(['POST /apps/id1/rules', 'DELETE /apps/id1/rules/id4']);
  });

  test('drains the stream before it goes, when INGEST changes back to lambda', async ({ fakes }) => {
    await deploy(fakes.clouds({ INGEST: 'kinesis' }), YES);
    await expect(deploy(fakes.clouds(), YES)).rejects.toThrow(/Changed settings/);
    await deploy(fakes.clouds({ INGEST: 'draining' }), YES);
    expect(fakes.ably.state.rules).toMatchObject([{ ruleType: 'aws/lambda' }]);
    await deploy(fakes.clouds(), YES);
    expect(fakes.ably.state.rules).toMatchObject([{ ruleType: 'aws/lambda' }]);
  });

  test('enables a disabled rule', async ({ fakes }) => {
    Object.assign(fakes.ably.state.rules[0] ?? {}, { status: 'disabled' });
    await deploy(fakes.clouds(), YES);
    expect(fakes.ably.state.rules).toMatchObject([{ status: 'enabled' }]);
  });

  test('makes the tokens of an earlier key revocable, and keeps the key', async ({ fakes }) => {
    const [auth] = fakes.ably.state.keys;
    delete auth?.revocableTokens;
    await deploy(fakes.clouds(), YES);
    expect(fakes.ably.faults.changes()).toEqual([`PATCH /apps/id1/keys/${auth?.id}`]);
    expect(auth?.revocableTokens).toBe(true);
    expect(fakes.lines.join('\n')).toMatch(/~ key "auth function": revocable tokens/);
  });

  test('replaces a revoked key everywhere', async ({ fakes }) => {
    for (const key of fakes.ably.state.keys) key.status = 1;
    await deploy(fakes.clouds(), YES);
    const [auth, connector] = fakes.ably.state.keys.filter(({ status }) => status === 0);
    expect(fakes.aws.secrets.get('serverless-chat-dev/connector-ably-key')).toBe(connector?.key);
    // The new key name replaces the connector's tasks, which then read the new secret.
    const deployed = fakes.aws.runs.find(({ args }) => args[0] === 'deploy');
    expect(deployed?.env['ABLY_KEY_NAME']).toBe(connector?.key.split(':')[0]);
    expect(fakes.netlify.variables().get('ABLY_API_KEY')?.values[0]?.value).toBe(auth?.key);
  });

  test('reports a failed cdk diff instead of a difference', async ({ fakes }) => {
    fakes.aws.failing.set('cdk diff', 'Unable to resolve AWS account to use.');
    await expect(deploy(fakes.clouds(), { plan: true })).rejects.toThrow(/cdk diff .*Unable to resolve/);
  });

  test('updates a stack that lacks outputs', async ({ fakes }) => {
    for (const stack of fakes.aws.stacks.values()) stack.outputs = {};
    await deploy(fakes.clouds(), YES);
    expect(fakes.lines.join('\n')).toMatch(/variables of the functions/);
    expect(fakes.ably.state.rules).toHaveLength(1);
  });

  test('prints the differences of the stack', async ({ fakes }) => {
    fakes.aws.differs = true;
    await deploy(fakes.clouds(), { plan: true });
    expect(fakes.lines.join('\n')).toContain('[~] AWS::Lambda::Function');
    expect(fakes.lines.join('\n')).toMatch(/~ stack serverless-chat-dev/);
  });
});
