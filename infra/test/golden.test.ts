import { beforeAll, describe, expect, test } from 'vitest';
import { specProblems } from './support/cloudformation-spec.ts';
import {
  CONFIGURATIONS,
  SYNTHESIS_TIMEOUT,
  synthesize,
  withoutHashes,
  type Configuration,
} from './support/synth.ts';

const configurations = Object.keys(CONFIGURATIONS) as Configuration[];

describe.each(configurations)('the stack "%s"', (configuration) => {
  beforeAll(() => synthesize(configuration), SYNTHESIS_TIMEOUT);

  // After an intended change, `npm test -- infra -u` updates the golden template, and a reviewer
  // sees its diff.
  test('matches its golden template', async () => {
    const { json } = await synthesize(configuration);
    await expect(withoutHashes(json)).toMatchFileSnapshot(`../golden/${configuration}.snap`);
  });

  test('has no security violation, and a reason for each exception', async () => {
    const { report } = await synthesize(configuration);
    const [nag] = report.pluginReports.filter(({ pluginName }) => pluginName === 'AwsSolutions');
    expect(nag).toMatchObject({ conclusion: 'success', violations: [] });
    for (const { ruleName, reason = '' } of nag?.suppressedViolations ?? []) {
      expect(reason.split(' ').length, `the reason for ${ruleName}`).toBeGreaterThan(5);
    }
  });

  test('passes CloudFormation’s own rules', async () => {
    const { report } = await synthesize(configuration);
    expect(report.pluginReports.filter(({ conclusion }) => conclusion !== 'success')).toEqual([]);
  });

  test('has only resource types and properties that AWS specifies, and all required ones', async () => {
    const { json, template } = await synthesize(configuration);
    // The CDK 2.276.0 is generated from version 0.1.229 of the specification, which has these tags.
    const later = Object.keys(template.findResources('AWS::RDS::DBProxyTargetGroup'));
    const expected = later.map((id) => `${id}.Tags: unknown property`);
    expect(await specProblems(json.Resources)).toEqual(expected);
  });
});

test.each([
  ['an unknown type', { Type: 'AWS::SQS::Line' }, 'One: unknown type AWS::SQS::Line'],
  [
    'an unknown property',
    { Type: 'AWS::SQS::Queue', Properties: { Colour: 1 } },
    'One.Colour: unknown property',
  ],
  [
    'an unknown property of a property',
    {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: { GroupDescription: 'a', SecurityGroupIngress: [{ IpProtocol: 'tcp', Port: 1 }] },
    },
    'One.SecurityGroupIngress[0].Port: unknown property',
  ],
  ['a missing property', { Type: 'AWS::EC2::SecurityGroup' }, 'One.GroupDescription: missing'],
  [
    'a value without its list',
    { Type: 'AWS::SNS::Topic', Properties: { Subscription: 'a' } },
    'One.Subscription: not a list',
  ],
  [
    'an object in place of a text',
    { Type: 'AWS::SQS::Queue', Properties: { QueueName: {} } },
    'One.QueueName: not a string',
  ],
  [
    'a custom resource without its function',
    { Type: 'Custom::Own', Properties: {} },
    'One.ServiceToken: missing',
  ],
])('the comparison with AWS’s specification reports %s', async (_, resource, problem) => {
  expect(await specProblems({ One: resource })).toEqual([problem]);
});
