import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAws, toRole } from '../src/aws/create-aws.ts';
import { describeDeadLetter } from '../src/aws/dead-letter.ts';

const LETTER = '{"timestamp":"t1","responsePayload":{"errorType":"TargetMissing","errorMessage":"no m1"}}';

/** Answers as AWS's API references have it, by what is asked for. */
const ANSWERS: Record<string, [status: number, body: string]> = {
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

const MISSING: typeof ANSWERS = {
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

let server: Server;
let answers: typeof ANSWERS;

beforeEach(async () => {
  answers = ANSWERS;
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const action = request.headers['x-amz-target'] ?? /Action=(\w+)/.exec(body)?.[1] ?? request.url ?? '';
      const [status, answer] = answers[String(action).replace(/\/$/, '')] ?? [500, ''];
      const isXml = answer.startsWith('<');
      response
        .writeHead(status, { 'content-type': isXml ? 'text/xml' : 'application/x-amz-json-1.0' })
        .end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

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
    answers = MISSING;
    const aws = createAws('eu-central-1');
    expect(await aws.stack('s')).toBeUndefined();
    expect(await aws.readSecret('a')).toBeUndefined();
    await expect(aws.identity()).rejects.toThrow(
      /"identity": InvalidClientTokenId.* check it, and the clock/,
    );
  });
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
  expect(describeDeadLetter('what?')).toBe('a letter of an unknown form');
});
