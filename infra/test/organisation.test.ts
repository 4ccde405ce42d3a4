import { describe, expect, test as plain, vi } from 'vitest';
import { deploy } from '../src/deploy/deploy.ts';
import { destroy } from '../src/deploy/destroy.ts';
import { permissionsOf } from '../src/deploy/permissions.ts';
import { readDeploySettings } from '../src/settings.ts';
import { ACCOUNT, REGION } from './support/aws-request.ts';
import { test } from './support/clouds-test.ts';
import { USER } from './support/fake-aws-server.ts';
import { SETTINGS } from './support/fake-clouds.ts';
import { SYNTHESIS_TIMEOUT, synthesize } from './support/synth.ts';

vi.setConfig({ testTimeout: SYNTHESIS_TIMEOUT });

const ORGANISATION = { CDK_QUALIFIER: 'myteam', PERMISSIONS_BOUNDARY: 'team-boundary' };
const TARGET = `aws://${ACCOUNT}/${REGION}`;

describe('the bootstrap stack', () => {
  test('has the name and options of the defaults', async ({ fakes }) => {
    await deploy(fakes.clouds(), { yes: true });
    expect(fakes.aws.runs[0]?.args).toEqual(['bootstrap', TARGET]);
  });

  test('has qualifier and boundary of the settings, beside that of others', async ({ fakes }) => {
    const { aws } = fakes;
    aws.stacks.set('CDKToolkit', { status: 'CREATE_COMPLETE', outputs: {} });
    const identity = { account: ACCOUNT, arn: USER };
    const settings = { AWS_REGION: REGION, STAGE: 'dev', ...ORGANISATION };
    // Without the permissions for the default qualifier.
    aws.granted = (['deploy', 'destroy'] as const).flatMap((command) =>
      permissionsOf(command, identity, settings),
    );
    await deploy(fakes.clouds(ORGANISATION), { yes: true });
    expect(aws.runs[0]?.args).toEqual([
      'bootstrap',
      TARGET,
      '--qualifier',
      'myteam',
      '--toolkit-stack-name',
      'CDKToolkit-myteam',
      '--custom-permissions-boundary',
      'team-boundary',
    ]);
    expect(aws.runs[1]?.env).toMatchObject(ORGANISATION);

    fakes.clearRecords();
    await deploy(fakes.clouds(ORGANISATION), { yes: true });
    expect(aws.runs.map(({ args }) => args[0])).toEqual(['diff', 'deploy']);
    await destroy(fakes.clouds(ORGANISATION), { confirmed: 'dev' });
    expect(fakes.lines.join('\n')).toMatch(/the stack CDKToolkit-myteam, /);
  });
});

describe('the template', () => {
  plain('gives the boundary to every role, and uses the roles of the qualifier', async () => {
    const { template, json } = await synthesize('everything', ORGANISATION);
    const roles = Object.entries(template.findResources('AWS::IAM::Role'));
    expect(roles.length).toBeGreaterThan(5);
    for (const [id, { Properties }] of roles)
      expect(JSON.stringify((Properties as object)['PermissionsBoundary' as never]), id).toMatch(
        /:policy\/team-boundary"/,
      );
    expect(JSON.stringify(json)).toContain('/cdk-bootstrap/myteam/version');
    expect(JSON.stringify(json)).not.toContain('hnb659fds');
  });

  plain('gives no role a boundary by default', async () => {
    const { json } = await synthesize('everything');
    expect(JSON.stringify(json)).not.toContain('PermissionsBoundary');
  });
});

plain.for<[name: string, value: string]>([
  ['CDK_QUALIFIER', 'longer-than-ten'],
  ['CDK_QUALIFIER', 'a b'],
  ['PERMISSIONS_BOUNDARY', 'arn:aws:iam::111122223333:policy/p'],
])('%s=%s is rejected', ([name, value]) => {
  expect(() => readDeploySettings({ ...SETTINGS, [name]: value })).toThrow(new RegExp(`${name}: must be`));
});
