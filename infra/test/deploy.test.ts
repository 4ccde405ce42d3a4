import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deploy } from '../src/deploy/deploy.ts';
import { startClouds, type Clouds } from './support/clouds.ts';

let clouds: Clouds;

beforeEach(async () => {
  clouds = await startClouds();
});
afterEach(() => clouds.close());

const YES = { yes: true };
const programsRun = () => clouds.aws.runs.map(({ program, args }) => `${program} ${args[0]}`);

describe('the first deployment', () => {
  it('makes everything, in an order in which each finds what it stands on', async () => {
    await deploy(clouds.world(), YES);
    expect(clouds.ably.faults.changes()).toEqual([
      'POST /accounts/acc123/apps',
      'POST /apps/id1/keys',
      'POST /apps/id1/keys',
      'POST /apps/id1/rules',
    ]);
    expect(programsRun()).toEqual(['cdk bootstrap', 'cdk deploy', 'netlify deploy']);
    expect(clouds.netlify.state.sites).toMatchObject([{ name: 'my-chat', account_slug: 'my-team' }]);
    expect(clouds.smoke.sites).toEqual(['https://my-chat.netlify.app']);
    expect(clouds.lines.at(-1)).toContain('https://my-chat.netlify.app');
  });

  it('gives each user of Ably the least that it needs', async () => {
    await deploy(clouds.world(), YES);
    const { apps, keys, rules } = clouds.ably.state;
    expect(apps).toMatchObject([{ name: 'serverless-chat-dev', tlsOnly: true }]);
    expect(keys.map(({ name, capability }) => ({ name, capability }))).toEqual([
      {
        name: 'auth function',
        capability: {
          'outgoing-chat': ['publish', 'presence', 'subscribe'],
          'incoming-chat': ['subscribe', 'history'],
        },
      },
      { name: 'connector', capability: { 'incoming-chat': ['publish'] } },
    ]);
    expect(rules).toMatchObject([
      {
        ruleType: 'aws/lambda',
        requestMode: 'single',
        status: 'enabled',
        source: { channelFilter: '^outgoing-chat$', type: 'channel.message' },
        target: {
          region: 'eu-central-1',
          functionName: 'writer-1',
          enveloped: true,
          authentication: {
            authenticationMode: 'assumeRole',
            assumeRoleArn: 'arn:aws:iam::111122223333:role/ably',
          },
        },
      },
    ]);
  });

  it('tells the stack which app may assume the role, and no token', async () => {
    await deploy(clouds.world(), YES);
    const [, cdk, netlify] = clouds.aws.runs;
    expect(cdk?.env).toMatchObject({
      ABLY_EXTERNAL_ID: 'acc123.id1',
      ABLY_KEY_NAME: 'id1.id3',
      STAGE: 'dev',
      AWS_REGION: 'eu-central-1',
    });
    expect(Object.keys(cdk?.env ?? {})).not.toContain('ABLY_CONTROL_TOKEN');
    expect(netlify?.env).toEqual({ NETLIFY_AUTH_TOKEN: 'a-netlify-token', NETLIFY_SITE_ID: 'site-my-chat' });
  });

  it('hands keys and secrets to those who use them, and shows them to nobody', async () => {
    await deploy(clouds.world(), YES);
    const [auth, connector] = clouds.ably.state.keys;
    expect(clouds.aws.secrets.get('serverless-chat-dev/connector-ably-key')).toBe(connector?.key);
    const { variables } = clouds.netlify.state;
    const values = Object.fromEntries([...variables].map(([key, { values }]) => [key, values[0]?.value]));
    expect(values).toMatchObject({
      ABLY_API_KEY: auth?.key,
      IDENTITY_SECRET: 'i'.repeat(48),
      HISTORY_SECRET: 'h'.repeat(48),
      CHAT_HISTORY_URL: 'https://history.lambda-url.example/',
      OUTGOING_CHANNEL: 'outgoing-chat',
      INCOMING_CHANNEL: 'incoming-chat',
    });
    expect([...variables.values()].filter(({ is_secret }) => is_secret)).toHaveLength(3);
    const told = clouds.lines.join('\n');
    for (const secret of [auth?.key, connector?.key, 'h'.repeat(48), 'a-control-token', 'a-netlify-token']) {
      expect(told).not.toContain(secret);
    }
  });

  it('asks before it does anything, and takes only a yes', async () => {
    clouds.answers.push('perhaps');
    expect(await deploy(clouds.world())).toBe(false);
    expect([...clouds.ably.faults.changes(), ...clouds.netlify.faults.changes(), ...programsRun()]).toEqual(
      [],
    );
    clouds.answers.push('yes');
    expect(await deploy(clouds.world())).toBe(true);
  });

  it('changes nothing with --plan, and says what it would do', async () => {
    await deploy(clouds.world(), { plan: true });
    expect([...clouds.ably.faults.changes(), ...clouds.netlify.faults.changes(), ...programsRun()]).toEqual(
      [],
    );
    expect(clouds.aws.secrets.size).toBe(0);
    const plan = clouds.lines.join('\n');
    expect(plan).toMatch(/\+ app serverless-chat-dev/);
    expect(plan).toMatch(/\+ stack serverless-chat-dev/);
    expect(plan).toMatch(/\+ site my-chat/);
    expect(plan).toMatch(/\$ a month/);
  });
});

describe('the second deployment', () => {
  beforeEach(async () => {
    await deploy(clouds.world(), YES);
    clouds.forget();
  });

  it('changes nothing where nothing has changed', async () => {
    await deploy(clouds.world(), YES);
    expect(clouds.ably.faults.changes()).toEqual([]);
    expect(clouds.netlify.faults.changes()).toEqual([]);
    expect(programsRun()).toEqual(['cdk diff', 'cdk deploy', 'netlify deploy']);
    expect(clouds.lines.filter((line) => /^ .*[+~] /.test(line))).toEqual([]);
  });

  it('updates what a changed setting touches, and makes nothing twice', async () => {
    await deploy(clouds.world({ OUTGOING_CHANNEL: 'room-out' }), YES);
    const { apps, keys, rules } = clouds.ably.state;
    expect({ apps: apps.length, keys: keys.length, rules: rules.length }).toEqual({
      apps: 1,
      keys: 2,
      rules: 1,
    });
    expect(rules[0]?.source.channelFilter).toBe('^room-out$');
    expect(keys[0]?.capability).toHaveProperty('room-out');
    expect(clouds.netlify.faults.changes()).toEqual(['PUT /accounts/team1/env/OUTGOING_CHANNEL']);
  });

  it('moves the rule from the function to a stream, without a moment in which there is none', async () => {
    await deploy(clouds.world({ INGEST: 'kinesis' }), YES);
    expect(clouds.ably.state.rules).toMatchObject([
      { ruleType: 'aws/kinesis', target: { streamName: 'stream-1' } },
    ]);
    expect(clouds.ably.faults.changes()).toEqual(['POST /apps/id1/rules', 'DELETE /apps/id1/rules/id4']);
  });

  it('turns on a rule that somebody has turned off', async () => {
    Object.assign(clouds.ably.state.rules[0] ?? {}, { status: 'disabled' });
    await deploy(clouds.world(), YES);
    expect(clouds.ably.state.rules).toMatchObject([{ status: 'enabled' }]);
  });

  it('replaces a key that somebody has revoked, everywhere', async () => {
    for (const key of clouds.ably.state.keys) key.status = 1;
    await deploy(clouds.world(), YES);
    const [auth, connector] = clouds.ably.state.keys.filter(({ status }) => status === 0);
    expect(clouds.aws.secrets.get('serverless-chat-dev/connector-ably-key')).toBe(connector?.key);
    // Another name makes other tasks, which read the secret that is stored now.
    const deployed = clouds.aws.runs.find(({ args }) => args[0] === 'deploy');
    expect(deployed?.env['ABLY_KEY_NAME']).toBe(connector?.key.split(':')[0]);
    expect(clouds.netlify.state.variables.get('ABLY_API_KEY')?.values[0]?.value).toBe(auth?.key);
  });

  it('does not take a comparison that failed for a difference', async () => {
    clouds.aws.failing.set('diff', 'Unable to resolve AWS account to use.');
    await expect(deploy(clouds.world(), { plan: true })).rejects.toThrow(/cdk diff .*Unable to resolve/);
  });

  it('goes on where the stack does not tell everything yet', async () => {
    for (const stack of clouds.aws.stacks.values()) stack.outputs = {};
    await deploy(clouds.world(), YES);
    expect(clouds.lines.join('\n')).toMatch(/variables of the functions/);
    expect(clouds.ably.state.rules).toHaveLength(1);
  });

  it('shows the differences of the stack', async () => {
    clouds.aws.differs = true;
    await deploy(clouds.world(), { plan: true });
    expect(clouds.lines.join('\n')).toContain('[~] AWS::Lambda::Function');
    expect(clouds.lines.join('\n')).toMatch(/~ stack serverless-chat-dev/);
  });
});
