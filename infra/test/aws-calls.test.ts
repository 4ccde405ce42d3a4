import { describe, expect, it } from 'vitest';
import type { Aws } from '../src/aws/aws.ts';
import { createAws } from '../src/aws/create-aws.ts';
import { useAwsEndpoint } from './support/aws-endpoint.ts';

const endpoint = useAwsEndpoint();
const aws = () => createAws('eu-central-1');

const DATABASE = { ApplyImmediately: 'true', DeletionProtection: 'false' };
const xml = (action: string, content = '') =>
  `<${action}Response><${action}Result>${content}</${action}Result></${action}Response>`;

describe('a call that changes something', () => {
  it.each<[action: string, call: (aws: Aws) => Promise<void>, sent: Record<string, unknown>]>([
    [
      'UpdateTerminationProtection',
      (it) => it.setTerminationProtection('s', false),
      { StackName: 's', EnableTerminationProtection: 'false' },
    ],
    ['secretsmanager.CreateSecret', (it) => it.createSecret('n', 'v'), { Name: 'n', SecretString: 'v' }],
    [
      'secretsmanager.PutSecretValue',
      (it) => it.updateSecret('n', 'v'),
      { SecretId: 'n', SecretString: 'v' },
    ],
    // One that waits for its deletion would block the next deployment under the same name.
    [
      'secretsmanager.DeleteSecret',
      (it) => it.deleteSecret('n'),
      { SecretId: 'n', ForceDeleteWithoutRecovery: true },
    ],
    [
      'ModifyDBInstance',
      (it) => it.setDeletionProtection('d', false, false),
      { DBInstanceIdentifier: 'd', ...DATABASE },
    ],
    [
      'ModifyDBCluster',
      (it) => it.setDeletionProtection('d', true, false),
      { DBClusterIdentifier: 'd', ...DATABASE },
    ],
  ])('%s', async (action, call, sent) => {
    endpoint.answers[action] = [200, action.includes('.') ? '{}' : xml(action)];
    await call(aws());
    expect(endpoint.asked).toMatchObject([{ action, body: sent }]);
  });

  it('a secret that is gone needs no deletion', async () => {
    endpoint.answers['secretsmanager.DeleteSecret'] = [400, '{"__type":"ResourceNotFoundException"}'];
    await expect(aws().deleteSecret('n')).resolves.toBeUndefined();
  });
});

describe('a look', () => {
  it('at a service tells how many tasks run, and how many shall', async () => {
    const services = [{ runningCount: 1, desiredCount: 2 }];
    endpoint.answers['AmazonEC2ContainerServiceV20141113.DescribeServices'] = [
      200,
      JSON.stringify({ services }),
    ];
    expect(await aws().serviceState('c', 's')).toEqual({ running: 1, desired: 2 });
    expect(endpoint.asked[0]?.body).toEqual({ cluster: 'c', services: ['s'] });
  });

  it('at dead letters hides them from nobody', async () => {
    endpoint.answers['AmazonSQS.GetQueueAttributes'] = [
      200,
      '{"Attributes":{"ApproximateNumberOfMessages":"3"}}',
    ];
    endpoint.answers['AmazonSQS.ReceiveMessage'] = [200, '{}'];
    expect(await aws().peekDeadLetters(`${process.env['AWS_ENDPOINT_URL']}/1/dead`)).toEqual({
      count: 3,
      reasons: [],
    });
    expect(endpoint.asked[1]?.body).toMatchObject({ VisibilityTimeout: 0 });
  });

  it('at a metric takes the newest value of the last ten minutes', async () => {
    endpoint.answers['GraniteServiceVersion20100801.GetMetricData'] = [
      200,
      '{"MetricDataResults":[{"Id":"latest","Values":[7,5]}]}',
    ];
    const dimension = { name: 'Stage', value: 'dev' };
    expect(await aws().latestMetric({ namespace: 'n', metric: 'm', dimension })).toBe(7);
    const { StartTime, EndTime, ...query } = endpoint.asked[0]?.body ?? {};
    expect(Number(EndTime) - Number(StartTime)).toBeCloseTo(600);
    expect(query).toMatchObject({
      ScanBy: 'TimestampDescending',
      MetricDataQueries: [
        { MetricStat: { Metric: { MetricName: 'm', Dimensions: [{ Name: 'Stage', Value: 'dev' }] } } },
      ],
    });
  });

  it('at a role reads whom it trusts, as it is written', async () => {
    const policy = '{"Statement":"a b"}';
    const role = `<Role><AssumeRolePolicyDocument>${encodeURIComponent(policy)}</AssumeRolePolicyDocument></Role>`;
    endpoint.answers['GetRole'] = [200, xml('GetRole', role)];
    expect(await aws().roleTrust('arn:aws:iam::1:role/path/name')).toBe(policy);
    expect(endpoint.asked[0]?.body).toMatchObject({ RoleName: 'name' });
    endpoint.answers['GetRole'] = [
      404,
      '<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>',
    ];
    expect(await aws().roleTrust('arn:aws:iam::1:role/name')).toBeUndefined();
  });

  it('at a function tells its state, or that it is gone', async () => {
    endpoint.answers['/2015-03-31/functions/f/configuration'] = [200, '{"State":"Active"}'];
    expect(await aws().functionState('f')).toBe('Active');
    endpoint.answers['/2015-03-31/functions/g/configuration'] = [
      404,
      '{"__type":"ResourceNotFoundException","Message":"none"}',
    ];
    expect(await aws().functionState('g')).toBeUndefined();
  });

  it('at the snapshots of a database finds those of the instance, or of the cluster', async () => {
    const one =
      '<DBSnapshots><DBSnapshot><DBSnapshotIdentifier>of-d</DBSnapshotIdentifier></DBSnapshot></DBSnapshots>';
    endpoint.answers['DescribeDBSnapshots'] = [200, xml('DescribeDBSnapshots', one)];
    expect(await aws().snapshots('d', false)).toEqual(['of-d']);
    const other =
      '<DBClusterSnapshots><DBClusterSnapshot><DBClusterSnapshotIdentifier>of-c</DBClusterSnapshotIdentifier></DBClusterSnapshot></DBClusterSnapshots>';
    endpoint.answers['DescribeDBClusterSnapshots'] = [200, xml('DescribeDBClusterSnapshots', other)];
    expect(await aws().snapshots('c', true)).toEqual(['of-c']);
  });
});
