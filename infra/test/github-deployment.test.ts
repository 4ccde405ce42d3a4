import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { permissionsOf } from '../src/deploy/permissions.ts';
import { REPOSITORY } from '../src/names.ts';
import { specProblems } from './support/cloudformation-spec.ts';
import { SYNTHESIS_TIMEOUT, synthesize } from './support/synth.ts';

vi.setConfig({ testTimeout: SYNTHESIS_TIMEOUT });

const SETTINGS = { STAGE: 'production', GITHUB_REPOSITORY: 'ada/chat' };
const GITHUB = 'token.actions.githubusercontent.com';

interface Statement {
  Action: string | string[];
  Resource: unknown;
}

/** Returns the text of a resource, with the account and the partition that a template leaves open. */
function plain(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const [, parts] = (resource as { 'Fn::Join': [string, (string | { Ref: string })[]] })['Fn::Join'];
  const known: Record<string, string> = { 'AWS::AccountId': '111122223333', 'AWS::Partition': 'aws' };
  return parts.map((part) => (typeof part === 'string' ? part : known[part.Ref])).join('');
}

describe('the role of GitHub Actions', () => {
  test('does not exist without GITHUB_REPOSITORY', async () => {
    const { template } = await synthesize('standard');
    template.resourceCountIs('AWS::IAM::OIDCProvider', 0);
  });

  test('can be assumed by the branch of the stage in this repository only', async () => {
    const { template, json, report } = await synthesize('standard', SETTINGS);
    template.resourceCountIs('AWS::IAM::OIDCProvider', 1);
    const [role] = Object.values(
      template.findResources('AWS::IAM::Role', {
        Properties: {
          AssumeRolePolicyDocument: { Statement: [{ Action: 'sts:AssumeRoleWithWebIdentity' }] },
        },
      }),
    ) as { Properties: { AssumeRolePolicyDocument: { Statement: { Condition: unknown }[] } } }[];
    expect(role?.Properties.AssumeRolePolicyDocument.Statement.map(({ Condition }) => Condition)).toEqual([
      {
        StringEquals: {
          [`${GITHUB}:aud`]: 'sts.amazonaws.com',
          [`${GITHUB}:sub`]: 'repo:ada/chat:ref:refs/heads/production',
        },
      },
    ]);
    expect(report.pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
    expect(await specProblems(json.Resources)).toEqual([]);
  });

  test('may do exactly what npm run deploy does', async () => {
    const { template } = await synthesize('standard', SETTINGS);
    const policies = template.findResources('AWS::IAM::Policy') as Record<
      string,
      { Properties: { PolicyDocument: { Statement: Statement[] } } }
    >;
    const [, policy] = Object.entries(policies).find(([id]) => id.startsWith('GitHub')) ?? [];
    const granted = (policy?.Properties.PolicyDocument.Statement ?? []).flatMap(({ Action, Resource }) =>
      [Action].flat().flatMap((action) => [Resource].flat().map((one) => `${action} ${plain(one)}`)),
    );
    const identity = { account: '111122223333', arn: 'arn:aws:iam::111122223333:user/ada' };
    const settings = { AWS_REGION: 'eu-central-1', STAGE: 'production', CDK_QUALIFIER: 'hnb659fds' };
    const needed = permissionsOf('deploy', identity, settings);
    expect(granted.toSorted()).toEqual(needed.map((each) => `${each.action} ${each.resource}`).toSorted());
  });

  test('trusts the provider that the account has, with GITHUB_PROVIDER=existing', async () => {
    const { template, json } = await synthesize('standard', { ...SETTINGS, GITHUB_PROVIDER: 'existing' });
    template.resourceCountIs('AWS::IAM::OIDCProvider', 0);
    expect(JSON.stringify(json)).toContain(`:oidc-provider/${GITHUB}`);
  });
});

test('the workflow that deploys stores no key of AWS, and runs for the branches of stages only', () => {
  const workflow = readFileSync(join(REPOSITORY, '.github/workflows/deploy.yml'), 'utf8');
  expect(workflow).toMatch(/^on:\n {2}push:\n {4}branches: \[dev, production\]\n\n/m);
  expect(workflow).toContain('id-token: write');
  expect(workflow).toContain('STAGE: ${{ github.ref_name }}');
  const secrets = [...workflow.matchAll(/secrets\.(\w+)/g)].map(([, name]) => name);
  expect(secrets).toEqual(['ABLY_CONTROL_TOKEN', 'NETLIFY_AUTH_TOKEN']);
  expect(workflow).not.toMatch(/aws-(access|secret)|pull_request/i);
});
