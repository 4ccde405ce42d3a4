import { createHash } from 'node:crypto';
import { describe, expect, vi } from 'vitest';
import { describeDeadLetter } from '../src/aws/dead-letter.ts';
import { createAws, toRole } from '../src/aws/sdk.ts';
import { test } from './support/aws-test.ts';

const LETTER = '{"timestamp":"t1","responsePayload":{"errorType":"TargetMissing","errorMessage":"no m1"}}';

const STACK =
  '<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>s</StackName><StackStatus>CREATE_COMPLETE</StackStatus><Outputs><member><OutputKey>HistoryUrl</OutputKey><OutputValue>https://h</OutputValue></member></Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>';

/** In the formats of AWS's API references. */
const RESPONSES = {
  GetCallerIdentity: [
    200,
    '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/u</Arn><UserId>A</UserId><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
  ],
  DescribeStacks: [200, STACK],
  'secretsmanager.GetSecretValue': [200, '{"SecretString":"the secret"}'],
  'AmazonSQS.GetQueueAttributes': [200, '{"Attributes":{"ApproximateNumberOfMessages":"1"}}'],
  'AmazonSQS.ReceiveMessage': [
    200,
    JSON.stringify({
      Messages: [{ Body: LETTER, MD5OfBody: createHash('md5').update(LETTER).digest('hex') }],
    }),
  ],
  '/2016-08-19/account-settings': [200, '{"AccountLimit":{"UnreservedConcurrentExecutions":900}}'],
} as const;

const MISSING = {
  DescribeStacks: [
    400,
    '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id s does not exist</Message></Error></ErrorResponse>',
  ],
  'secretsmanager.GetSecretValue': [400, '{"__type":"ResourceNotFoundException","Message":"none"}'],
  GetCallerIdentity: [
    403,
    '<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>The token is invalid.</Message></Error></ErrorResponse>',
  ],
} as const;

const SIMULATION =
  '<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults><member><EvalActionName>secretsmanager:CreateSecret</EvalActionName><EvalDecision>allowed</EvalDecision></member><member><EvalActionName>secretsmanager:PutSecretValue</EvalActionName><EvalDecision>implicitDeny</EvalDecision></member></EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>';

describe('createAws', () => {
  test('reads identity, stack, concurrency, secret and dead letters', async ({ endpoint }) => {
    endpoint.responses = RESPONSES;
    const aws = createAws('eu-central-1');
    expect(await aws.identity()).toEqual({ account: '1', arn: 'arn:aws:iam::1:user/u' });
    expect(await aws.stack('s')).toEqual({ status: 'CREATE_COMPLETE', outputs: { HistoryUrl: 'https://h' } });
    expect(await aws.unreservedConcurrency()).toBe(900);
    expect(await aws.readSecret('a')).toBe('the secret');
    const queue = `${process.env['AWS_ENDPOINT_URL']}/1/dead`;
    expect(await aws.peekDeadLetters(queue)).toEqual({ count: 1, reasons: ['t1 TargetMissing: no m1'] });
  });

  test('distinguishes a missing resource from a failed call', async ({ endpoint }) => {
    endpoint.responses = MISSING;
    const aws = createAws('eu-central-1');
    expect(await aws.stack('s')).toBeUndefined();
    expect(await aws.readSecret('a')).toBeUndefined();
    await expect(aws.identity()).rejects.toThrow(
      /"identity" failed: InvalidClientTokenId.* check it, the clock of this machine/,
    );
  });

  test('treats a stack in review as missing', async ({ endpoint }) => {
    const stack = STACK.replace('CREATE_COMPLETE', 'REVIEW_IN_PROGRESS');
    endpoint.responses = { DescribeStacks: [200, stack] };
    expect(await createAws('eu-central-1').stack('s')).toBeUndefined();
  });

  test('points to AWS_REGION when the region’s address does not resolve', async ({ endpoint }) => {
    vi.stubEnv('AWS_ENDPOINT_URL', undefined);
    vi.stubEnv('AWS_ENDPOINT_URL_STS', 'http://sts.nowhere.invalid');
    await expect(createAws('eu-central-9').identity()).rejects.toThrow(
      /Check that AWS_REGION is an AWS region/,
    );
    expect(endpoint.requests).toEqual([]);
  });
});

describe('deniedActions', () => {
  const permissions = [
    { action: 'secretsmanager:CreateSecret', resource: 'arn:aws:secretsmanager:eu-central-1:1:secret:s' },
    { action: 'secretsmanager:PutSecretValue', resource: 'arn:aws:secretsmanager:eu-central-1:1:secret:s' },
    { action: 'lambda:GetAccountSettings', resource: '*' },
  ];
  const session = 'arn:aws:sts::1:assumed-role/deployer/me';
  const denied = () => createAws('eu-central-1').deniedActions(session, permissions);

  test('simulates each resource by itself and returns the denied actions', async ({ endpoint }) => {
    endpoint.responses = { SimulatePrincipalPolicy: [200, SIMULATION] };
    expect(await denied()).toEqual(['secretsmanager:PutSecretValue', 'secretsmanager:PutSecretValue']);
    const simulations = endpoint.requests.map(({ body }) => body);
    const size = (body: object) => Object.keys(body).length;
    expect(simulations.toSorted((one, other) => size(other) - size(one))).toMatchObject([
      {
        PolicySourceArn: 'arn:aws:iam::1:role/deployer',
        'ActionNames.member.1': 'secretsmanager:CreateSecret',
        'ActionNames.member.2': 'secretsmanager:PutSecretValue',
        'ResourceArns.member.1': 'arn:aws:secretsmanager:eu-central-1:1:secret:s',
      },
      { 'ActionNames.member.1': 'lambda:GetAccountSettings', 'ResourceArns.member.1': '*' },
    ]);
  });

  test('returns undefined when the identity may not simulate policies', async ({ endpoint }) => {
    const body =
      '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>';
    endpoint.responses = { SimulatePrincipalPolicy: [403, body] };
    expect(await denied()).toBeUndefined();
  });
});

test('toRole converts the ARN of a session to that of its role', () => {
  expect(toRole('arn:aws:sts::1:assumed-role/deployer/me')).toBe('arn:aws:iam::1:role/deployer');
  expect(toRole('arn:aws:iam::1:user/me')).toBe('arn:aws:iam::1:user/me');
});

test('describeDeadLetter includes the reason and no message content', () => {
  const letter = {
    timestamp: 't',
    requestContext: { condition: 'RetriesExhausted' },
    requestPayload: { messages: [{ data: 'private' }] },
    responsePayload: { errorType: 'DatabaseUnavailable', errorMessage: 'no connection' },
  };
  expect(describeDeadLetter(JSON.stringify(letter))).toBe('t DatabaseUnavailable: no connection');
  const letterOfStream = {
    timestamp: 't',
    requestContext: { condition: 'RetryAttemptsExhausted' },
    KinesisBatchInfo: {
      shardId: 'shardId-000000000001',
      startSequenceNumber: '4953',
      endSequenceNumber: '4955',
      batchSize: 2,
    },
  };
  expect(describeDeadLetter(JSON.stringify(letterOfStream))).toBe(
    't RetryAttemptsExhausted 2 in shardId-000000000001 from 4953',
  );
  expect(describeDeadLetter('what?')).toBe('a dead letter of unknown form');
});
