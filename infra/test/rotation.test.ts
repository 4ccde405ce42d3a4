import { beforeEach, describe, expect, vi } from 'vitest';
import { deploy } from '../src/deploy/deploy.ts';
import { test } from './support/clouds-test.ts';
import { storeSecret } from './support/fake-aws.ts';
import type { FakeClouds } from './support/fake-clouds.ts';
import { HISTORY_SECRET, IDENTITY_SECRET } from './support/fake-programs.ts';
import { SYNTHESIS_TIMEOUT, synthesize } from './support/synth.ts';

const YES = { yes: true };
const NEW = 'n'.repeat(48);

const variable = ({ netlify }: FakeClouds, name: string) => netlify.variables().get(name)?.values[0]?.value;

describe('a deployment after a new value of a secret', () => {
  beforeEach<{ fakes: FakeClouds }>(async ({ fakes }) => {
    await deploy(fakes.clouds(), YES);
    fakes.clearRecords();
  });

  test('makes ably-auth sign with the new identity secret and accept the old one', async ({ fakes }) => {
    storeSecret(fakes.aws, IDENTITY_SECRET, NEW);
    await deploy(fakes.clouds(), YES);
    expect(variable(fakes, 'IDENTITY_SECRET')).toBe(NEW);
    expect(variable(fakes, 'IDENTITY_SECRET_PREVIOUS')).toBe('i'.repeat(48));
    // Functions receive variables with their next publication only.
    expect(fakes.aws.runs.map(({ program }) => program)).toContain('netlify');
  });

  test('makes Netlify send the new history secret', async ({ fakes }) => {
    storeSecret(fakes.aws, HISTORY_SECRET, NEW);
    await deploy(fakes.clouds(), YES);
    expect(variable(fakes, 'HISTORY_SECRET')).toBe(NEW);
    expect(fakes.aws.runs.map(({ program }) => program)).toContain('netlify');
  });

  test('replaces renamed Ably keys everywhere, and leaves them valid', async ({ fakes }) => {
    const renamed = [...fakes.ably.state.keys];
    for (const key of renamed) key.name = `old ${key.name}`;
    await deploy(fakes.clouds(), { plan: true });
    expect(fakes.lines.join('\n')).toMatch(/~ secret serverless-chat-dev\/connector-ably-key/);
    await deploy(fakes.clouds(), YES);
    expect(renamed.map(({ status }) => status)).toEqual([0, 0]);
    const [auth, connector] = fakes.ably.state.keys.filter((key) => !renamed.includes(key));
    expect(variable(fakes, 'ABLY_API_KEY')).toBe(auth?.key);
    expect(fakes.aws.secrets.get('serverless-chat-dev/connector-ably-key')).toBe(connector?.key);
    const deployed = fakes.aws.runs.find(({ args }) => args[0] === 'deploy');
    expect(deployed?.env['ABLY_KEY_NAME']).toBe(connector?.key.split(':')[0]);
  });
});

interface Policy {
  PolicyDocument: { Statement: { Resource: unknown; Condition?: unknown }[] };
}

describe('the history secret on AWS', () => {
  vi.setConfig({ testTimeout: SYNTHESIS_TIMEOUT });

  test('is read by chat-history at run time, in the two versions in use', async () => {
    const { template, json } = await synthesize('standard');
    const [id = ''] = Object.keys(json.Resources).filter((name) => name.startsWith('HistorySecret'));
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Reads pages of messages from the database',
      Environment: { Variables: { HISTORY_SECRET_ARN: { Ref: id } } },
    });
    const policies = Object.values(template.findResources('AWS::IAM::Policy')).map(
      ({ Properties }) => Properties as Policy,
    );
    const readers = policies
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Resource }) => JSON.stringify(Resource) === JSON.stringify({ Ref: id }));
    expect(readers).toMatchObject([
      {
        Condition: {
          'ForAnyValue:StringEquals': { 'secretsmanager:VersionStage': ['AWSCURRENT', 'AWSPREVIOUS'] },
        },
      },
    ]);
  });
});
