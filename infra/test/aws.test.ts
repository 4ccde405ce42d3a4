import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createAws, toRole } from '../src/aws/create-aws.ts';
import { describeDeadLetter } from '../src/aws/dead-letter.ts';
import { useAwsEndpoint, type Answers } from './support/aws-endpoint.ts';

const LETTER = '{"timestamp":"t1","responsePayload":{"errorType":"TargetMissing","errorMessage":"no m1"}}';

/** Answers as AWS's API references have it, by what is asked for. */
const ANSWERS: Answers = {
  GetCallerIdentity: [
    200,
    '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/u</Arn><UserId>A</UserId><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
  ],
  DescribeStacks: [
    200,
    '<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>s</StackName><StackStatus>CREATE_COMPLETE</StackStatus><Outputs><member><OutputKey>HistoryUrl</OutputKey><OutputValue>https://h</OutputValue></member></Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>',
  ],
  'secretsmanager.GetSecretValue': [200, '{"SecretString":"the secret"}'],
  'AmazonSQS.GetQueueAttributes': [200, '{"Attributes":{"ApproximateNumberOfMessages":"1"}}'],
  'AmazonSQS.ReceiveMessage': [
    200,
    JSON.stringify({
      Messages: [{ Body: LETTER, MD5OfBody: createHash('md5').update(LETTER).digest('hex') }],
    }),
  ],
  '/2016-08-19/account-settings': [200, '{"AccountLimit":{"UnreservedConcurrentExecutions":900}}'],
};

const MISSING: Answers = {
  DescribeStacks: [
    400,
    '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id s does not exist</Message></Error></ErrorResponse>',
  ],
  'secretsmanager.GetSecretValue': [400, '{"__type":"ResourceNotFoundException","Message":"none"}'],
  GetCallerIdentity: [
    403,
    '<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>The token is invalid.</Message></Error></ErrorResponse>',
  ],
};

const endpoint = useAwsEndpoint();
beforeEach(() => {
  endpoint.answers = ANSWERS;
});

const SIMULATION =
  '<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults><member><EvalActionName>secretsmanager:CreateSecret</EvalActionName><EvalDecision>allowed</EvalDecision></member><member><EvalActionName>secretsmanager:PutSecretValue</EvalActionName><EvalDecision>implicitDeny</EvalDecision></member></EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>';

const LETTER_OF_A_STREAM = {
  timestamp: 't',
  requestContext: { condition: 'RetryAttemptsExhausted' },
  KinesisBatchInfo: {
    shardId: 'shardId-000000000001',
    startSequenceNumber: '4953',
    endSequenceNumber: '4955',
    batchSize: 2,
  },
};

describe('AWS’s SDK, as the deployment uses it', () => {
  it('tells who asks, what is there, and how much is free', async () => {
    const aws = createAws('eu-central-1');
    expect(await aws.identity()).toEqual({ account: '1', arn: 'arn:aws:iam::1:user/u' });
    expect(await aws.stack('s')).toEqual({ status: 'CREATE_COMPLETE', outputs: { HistoryUrl: 'https://h' } });
    expect(await aws.unreservedConcurrency()).toBe(900);
    expect(await aws.readSecret('a')).toBe('the secret');
    const queue = `${process.env['AWS_ENDPOINT_URL']}/1/dead`;
    expect(await aws.peekDeadLetters(queue)).toEqual({ count: 1, reasons: ['t1 TargetMissing: no m1'] });
  });

  it('knows what is not there from what went wrong', async () => {
    endpoint.answers = MISSING;
    const aws = createAws('eu-central-1');
    expect(await aws.stack('s')).toBeUndefined();
    expect(await aws.readSecret('a')).toBeUndefined();
    await expect(aws.identity()).rejects.toThrow(
      /"identity": InvalidClientTokenId.* check it, the clock of this machine/,
    );
  });
});

it('a stack in review, of which nothing was made, is none', async () => {
  const [status, text] = ANSWERS['DescribeStacks'] ?? [200, ''];
  endpoint.answers = { DescribeStacks: [status, text.replace('CREATE_COMPLETE', 'REVIEW_IN_PROGRESS')] };
  expect(await createAws('eu-central-1').stack('s')).toBeUndefined();
});

describe('permissions', () => {
  const asked = [
    { action: 'secretsmanager:CreateSecret', resource: 'arn:aws:secretsmanager:eu-central-1:1:secret:s' },
    { action: 'secretsmanager:PutSecretValue', resource: 'arn:aws:secretsmanager:eu-central-1:1:secret:s' },
    { action: 'lambda:GetAccountSettings', resource: '*' },
  ];
  const who = 'arn:aws:sts::1:assumed-role/deployer/me';
  const denied = () => createAws('eu-central-1').deniedActions(who, asked);

  it('are asked for each with what it is done to, and those denied are named', async () => {
    endpoint.answers = { SimulatePrincipalPolicy: [200, SIMULATION] };
    expect(await denied()).toEqual(['secretsmanager:PutSecretValue', 'secretsmanager:PutSecretValue']);
    const questions = endpoint.asked.map(({ body }) => body);
    const size = (body: object) => Object.keys(body).length;
    expect(questions.toSorted((one, other) => size(other) - size(one))).toMatchObject([
      {
        PolicySourceArn: 'arn:aws:iam::1:role/deployer',
        'ActionNames.member.1': 'secretsmanager:CreateSecret',
        'ActionNames.member.2': 'secretsmanager:PutSecretValue',
        'ResourceArns.member.1': 'arn:aws:secretsmanager:eu-central-1:1:secret:s',
      },
      { 'ActionNames.member.1': 'lambda:GetAccountSettings', 'ResourceArns.member.1': '*' },
    ]);
  });

  it('are unknown to whoever may not ask', async () => {
    const body =
      '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>';
    endpoint.answers = { SimulatePrincipalPolicy: [403, body] };
    expect(await denied()).toBeUndefined();
  });
});

it('asks whether a region that has no address is one', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', undefined);
  vi.stubEnv('AWS_ENDPOINT_URL_STS', 'http://sts.nowhere.invalid');
  await expect(createAws('eu-central-9').identity()).rejects.toThrow(/Is AWS_REGION one of AWS’s regions/);
});

it('looks for permissions at the role of a session', () => {
  expect(toRole('arn:aws:sts::1:assumed-role/deployer/me')).toBe('arn:aws:iam::1:role/deployer');
  expect(toRole('arn:aws:iam::1:user/me')).toBe('arn:aws:iam::1:user/me');
});

it('tells a dead letter’s reason, and not what people wrote', () => {
  const letter = {
    timestamp: 't',
    requestContext: { condition: 'RetriesExhausted' },
    requestPayload: { messages: [{ data: 'private' }] },
    responsePayload: { errorType: 'DatabaseUnavailable', errorMessage: 'no connection' },
  };
  expect(describeDeadLetter(JSON.stringify(letter))).toBe('t DatabaseUnavailable: no connection');
  expect(describeDeadLetter(JSON.stringify(LETTER_OF_A_STREAM))).toBe(
    't RetryAttemptsExhausted 2 in shardId-000000000001 from 4953',
  );
  expect(describeDeadLetter('what?')).toBe('a letter of an unknown form');
});
