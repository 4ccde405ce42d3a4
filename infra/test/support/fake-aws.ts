import { createHash } from 'node:crypto';
import type { Aws } from '../../src/aws/aws.ts';
import { createAws } from '../../src/aws/sdk.ts';
import { stackName } from '../../src/names.ts';
import { ACCOUNT, REGION, type AwsRequest } from './aws-request.ts';
import { failure, isGranted, startFakeAwsServer, USER, xml, type Answer } from './fake-aws-server.ts';
import { createState, type AwsState } from './fake-aws-state.ts';
import { createFakePrograms, secretArn } from './fake-programs.ts';

/**
 * A local AWS account with stacks and secrets, and the programs that change it. The template
 * itself is tested in stack.test.ts.
 */
export async function startFakeAws(stage = 'dev') {
  const state = createState(stage);
  const server = await startFakeAwsServer(state, (request) => answer(state, stackName(stage), request));
  const aws: Aws = createAws(REGION, {
    endpoint: server.url,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  const programs = createFakePrograms(state, stackName(stage), server.url);
  return { aws, programs, state, url: server.url, close: () => server.close() };
}

function answer(state: AwsState, stack: string, request: AwsRequest): Answer | undefined {
  const { action, body } = request;
  const outputs = state.stacks.get(stack)?.outputs ?? {};
  switch (action) {
    case 'sts:GetCallerIdentity':
      return xml('GetCallerIdentity', `<Arn>${USER}</Arn><Account>${ACCOUNT}</Account>`);
    case 'iam:SimulatePrincipalPolicy':
      return simulate(state, body);
    case 'iam:GetRole': {
      const trust = { AWS: 'arn:aws:iam::203461409171:root', 'sts:ExternalId': outputs['AblyExternalId'] };
      const document = encodeURIComponent(JSON.stringify(trust));
      return xml('GetRole', `<Role><AssumeRolePolicyDocument>${document}</AssumeRolePolicyDocument></Role>`);
    }
    case 'lambda:GetAccountSettings':
      return JSON.stringify({ AccountLimit: { UnreservedConcurrentExecutions: state.unreserved } });
    case 'lambda:GetFunctionConfiguration':
      return '{"State":"Active"}';
    case 'lambda:InvokeFunction':
      state.invoked.push(request.resource);
      return '{}';
    case 'cloudformation:DescribeStacks':
      return describeStack(state, body['StackName'] ?? '');
    case 'cloudformation:ListStacks':
      return listStacks(state);
    case 'cloudformation:UpdateTerminationProtection':
      return xml('UpdateTerminationProtection');
    case 'ecs:DescribeServices':
      return JSON.stringify({ services: [{ runningCount: state.running, desiredCount: 2 }] });
    case 'cloudwatch:GetMetricData': {
      const Values = state.rowsWaiting === undefined ? [] : [state.rowsWaiting];
      return JSON.stringify({ MetricDataResults: [{ Id: 'latest', Values }] });
    }
    default:
      return answerSecrets(state, request) ?? answerQueue(state, request) ?? answerDatabase(state, request);
  }
}

function simulate(state: AwsState, body: AwsRequest['body']): string {
  const resource = body['ResourceArns.member.1'] ?? '';
  const actions = Object.keys(body).filter((name) => name.startsWith('ActionNames.'));
  const results = actions.map((name) => {
    const permission = { action: body[name] ?? '', resource };
    state.simulated.push(permission);
    const decision = isGranted(state.granted, permission) ? 'allowed' : 'implicitDeny';
    return `<member><EvalActionName>${permission.action}</EvalActionName><EvalDecision>${decision}</EvalDecision></member>`;
  });
  return xml('SimulatePrincipalPolicy', `<EvaluationResults>${results.join('')}</EvaluationResults>`);
}

function describeStack({ stacks }: AwsState, name: string): Answer {
  const stack = stacks.get(name);
  if (!stack) return failure(400, 'ValidationError');
  const outputs = Object.entries(stack.outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  const status = `<StackName>${name}</StackName><StackStatus>${stack.status}</StackStatus>`;
  const member = `<member>${status}<Outputs>${outputs.join('')}</Outputs></member>`;
  return xml('DescribeStacks', `<Stacks>${member}</Stacks>`);
}

function listStacks({ stacks }: AwsState): string {
  const members = [...stacks].map(
    ([name, { status }]) =>
      `<member><StackName>${name}</StackName><StackStatus>${status}</StackStatus></member>`,
  );
  return xml('ListStacks', `<StackSummaries>${members.join('')}</StackSummaries>`);
}

/** Moves the label AWSPREVIOUS as PutSecretValue does. */
export function storeSecret({ secrets, previousSecrets }: AwsState, id: string, value: string): void {
  const stored = secrets.get(id);
  if (stored !== undefined) previousSecrets.set(id, stored);
  secrets.set(id, value);
}

function answerSecrets(state: AwsState, { action, body }: AwsRequest): Answer | undefined {
  const { secrets, previousSecrets } = state;
  const { SecretId: id = '', Name: name = '', SecretString: value = '' } = body;
  switch (action) {
    case 'secretsmanager:GetSecretValue': {
      const stored = (body['VersionStage'] === 'AWSPREVIOUS' ? previousSecrets : secrets).get(id);
      if (stored === undefined) return failure(400, 'ResourceNotFoundException');
      return JSON.stringify({ SecretString: stored, ARN: id.startsWith('arn:') ? id : secretArn(id) });
    }
    case 'secretsmanager:CreateSecret':
      if (secrets.has(name)) return failure(400, 'ResourceExistsException');
      secrets.set(name, value);
      return '{}';
    case 'secretsmanager:PutSecretValue':
      storeSecret(state, id, value);
      return '{}';
    case 'secretsmanager:DeleteSecret':
      return secrets.delete(id) ? '{}' : failure(400, 'ResourceNotFoundException');
    default:
      return undefined;
  }
}

function answerQueue(state: AwsState, { action, body }: AwsRequest): Answer | undefined {
  switch (action) {
    case 'sqs:GetQueueAttributes':
      return JSON.stringify({
        Attributes: { ApproximateNumberOfMessages: String(state.deadLetters.length) },
      });
    case 'sqs:ReceiveMessage': {
      const Messages = state.deadLetters.map((Body, index) => ({
        Body,
        MD5OfBody: createHash('md5').update(Body).digest('hex'),
        MessageId: `letter-${index}`,
        ReceiptHandle: `receipt-${index}`,
      }));
      return JSON.stringify({ Messages });
    }
    case 'sqs:DeleteMessage':
      state.deadLetters.splice(Number(body['ReceiptHandle']?.split('-')[1]), 1);
      return '{}';
    default:
      return undefined;
  }
}

function answerDatabase(state: AwsState, { action, body }: AwsRequest): Answer | undefined {
  const name = action.replace('rds:', '');
  switch (name) {
    case 'ModifyDBInstance':
    case 'ModifyDBCluster':
      state.protected = body['DeletionProtection'] === 'true';
      return xml(name);
    case 'DescribeDBSnapshots': {
      if (!state.keepsSnapshot) return xml(name);
      const id = `<DBSnapshotIdentifier>${body['DBInstanceIdentifier']}-final</DBSnapshotIdentifier>`;
      return xml(name, `<DBSnapshots><DBSnapshot>${id}</DBSnapshot></DBSnapshots>`);
    }
    case 'DescribeDBClusterSnapshots': {
      const id = `<DBClusterSnapshotIdentifier>${body['DBClusterIdentifier']}-final-cluster</DBClusterSnapshotIdentifier>`;
      return xml(
        name,
        `<DBClusterSnapshots><DBClusterSnapshot>${id}</DBClusterSnapshot></DBClusterSnapshots>`,
      );
    }
    default:
      return undefined;
  }
}
