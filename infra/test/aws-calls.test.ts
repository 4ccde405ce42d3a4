import { describe, expect } from 'vitest';
import type { Aws } from '../src/aws/aws.ts';
import { createAws } from '../src/aws/sdk.ts';
import { test } from './support/aws-test.ts';

const aws = () => createAws('eu-central-1');

const DATABASE = { ApplyImmediately: 'true', DeletionProtection: 'false' };
const xml = (action: string, content = '') =>
  `<${action}Response><${action}Result>${content}</${action}Result></${action}Response>`;

describe('AWS calls that change something', () => {
  test.for<[action: string, call: (aws: Aws) => Promise<void>, sent: Record<string, unknown>]>([
    [
      'UpdateTerminationProtection',
      (aws) => aws.setTerminationProtection('s', false),
      { StackName: 's', EnableTerminationProtection: 'false' },
    ],
    ['secretsmanager.CreateSecret', (aws) => aws.createSecret('n', 'v'), { Name: 'n', SecretString: 'v' }],
    [
      'secretsmanager.PutSecretValue',
      (aws) => aws.updateSecret('n', 'v'),
      { SecretId: 'n', SecretString: 'v' },
    ],
    // A secret scheduled for deletion would block its name for the next deployment.
    [
      'secretsmanager.DeleteSecret',
      (aws) => aws.deleteSecret('n'),
      { SecretId: 'n', ForceDeleteWithoutRecovery: true },
    ],
    [
      'ModifyDBInstance',
      (aws) => aws.setDeletionProtection('d', false, false),
      { DBInstanceIdentifier: 'd', ...DATABASE },
    ],
    [
      'ModifyDBCluster',
      (aws) => aws.setDeletionProtection('d', true, false),
      { DBClusterIdentifier: 'd', ...DATABASE },
    ],
  ])('%s sends its parameters', async ([action, call, sent], { endpoint }) => {
    endpoint.responses[action] = [200, action.includes('.') ? '{}' : xml(action)];
    await call(aws());
    expect(endpoint.requests).toMatchObject([{ action, body: sent }]);
  });

  test('DeleteSecret succeeds for a secret that does not exist', async ({ endpoint }) => {
    endpoint.responses['secretsmanager.DeleteSecret'] = [400, '{"__type":"ResourceNotFoundException"}'];
    await expect(aws().deleteSecret('n')).resolves.toBeUndefined();
  });
});

describe('AWS calls that read', () => {
  test('serviceState returns the numbers of running and desired tasks', async ({ endpoint }) => {
    const services = [{ runningCount: 1, desiredCount: 2 }];
    endpoint.responses['AmazonEC2ContainerServiceV20141113.DescribeServices'] = [
      200,
      JSON.stringify({ services }),
    ];
    expect(await aws().serviceState('c', 's')).toEqual({ running: 1, desired: 2 });
    expect(endpoint.requests[0]?.body).toEqual({ cluster: 'c', services: ['s'] });
  });

  test('peekDeadLetters leaves the letters visible to other consumers', async ({ endpoint }) => {
    endpoint.responses['AmazonSQS.GetQueueAttributes'] = [
      200,
      '{"Attributes":{"ApproximateNumberOfMessages":"3"}}',
    ];
    endpoint.responses['AmazonSQS.ReceiveMessage'] = [200, '{}'];
    expect(await aws().peekDeadLetters(`${process.env['AWS_ENDPOINT_URL']}/1/dead`)).toEqual({
      count: 3,
      reasons: [],
    });
    expect(endpoint.requests[1]?.body).toMatchObject({ VisibilityTimeout: 0 });
  });

  test('latestMetric returns the newest value of the last ten minutes', async ({ endpoint }) => {
    endpoint.responses['GraniteServiceVersion20100801.GetMetricData'] = [
      200,
      '{"MetricDataResults":[{"Id":"latest","Values":[7,5]}]}',
    ];
    const dimension = { name: 'Stage', value: 'dev' };
    expect(await aws().latestMetric({ namespace: 'n', metric: 'm', dimension })).toBe(7);
    const { StartTime, EndTime, ...query } = endpoint.requests[0]?.body ?? {};
    expect(Number(EndTime) - Number(StartTime)).toBeCloseTo(600);
    expect(query).toMatchObject({
      ScanBy: 'TimestampDescending',
      MetricDataQueries: [
        { MetricStat: { Metric: { MetricName: 'm', Dimensions: [{ Name: 'Stage', Value: 'dev' }] } } },
      ],
    });
  });

  test('roleTrust returns the decoded trust policy, or undefined without such a role', async ({
    endpoint,
  }) => {
    const policy = '{"Statement":"a b"}';
    const role = `<Role><AssumeRolePolicyDocument>${encodeURIComponent(policy)}</AssumeRolePolicyDocument></Role>`;
    endpoint.responses['GetRole'] = [200, xml('GetRole', role)];
    expect(await aws().roleTrust('arn:aws:iam::1:role/path/name')).toBe(policy);
    expect(endpoint.requests[0]?.body).toMatchObject({ RoleName: 'name' });
    endpoint.responses['GetRole'] = [
      404,
      '<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>',
    ];
    expect(await aws().roleTrust('arn:aws:iam::1:role/name')).toBeUndefined();
  });

  test('functionState returns the state, or undefined without such a function', async ({ endpoint }) => {
    endpoint.responses['/2015-03-31/functions/f/configuration'] = [200, '{"State":"Active"}'];
    expect(await aws().functionState('f')).toBe('Active');
    endpoint.responses['/2015-03-31/functions/g/configuration'] = [
      404,
      '{"__type":"ResourceNotFoundException","Message":"none"}',
    ];
    expect(await aws().functionState('g')).toBeUndefined();
  });

  test('stackNames reads every page', async ({ endpoint }) => {
    const page = (name: string, more = '') =>
      xml(
        'ListStacks',
        `<StackSummaries><member><StackName>${name}</StackName><StackStatus>CREATE_COMPLETE</StackStatus></member></StackSummaries>${more}`,
      );
    endpoint.answer = ({ NextToken }) => [
      200,
      NextToken ? page('chat-b') : page('chat-a', '<NextToken>n</NextToken>'),
    ];
    expect(await aws().stackNames('chat-')).toEqual(['chat-a', 'chat-b']);
    expect(await aws().stackNames('other-')).toEqual([]);
  });

  test('snapshots returns those of the instance, or of the cluster', async ({ endpoint }) => {
    const ofInstance =
      '<DBSnapshots><DBSnapshot><DBSnapshotIdentifier>of-d</DBSnapshotIdentifier></DBSnapshot></DBSnapshots>';
    endpoint.responses['DescribeDBSnapshots'] = [200, xml('DescribeDBSnapshots', ofInstance)];
    expect(await aws().snapshots('d', false)).toEqual(['of-d']);
    const ofCluster =
      '<DBClusterSnapshots><DBClusterSnapshot><DBClusterSnapshotIdentifier>of-c</DBClusterSnapshotIdentifier></DBClusterSnapshot></DBClusterSnapshots>';
    endpoint.responses['DescribeDBClusterSnapshots'] = [200, xml('DescribeDBClusterSnapshots', ofCluster)];
    expect(await aws().snapshots('c', true)).toEqual(['of-c']);
  });
});
