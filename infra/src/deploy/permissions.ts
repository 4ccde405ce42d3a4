import type { Permission } from '../aws/aws.ts';
import { bootstrapStackName, connectorKeySecretName, STACK_PREFIX, stackName } from '../names.ts';
import type { DeploySettings } from '../settings.ts';

/** The commands that call AWS with the person's own identity. */
export type Command = 'deploy' | 'doctor' | 'doctor -- --all' | 'destroy' | 'redrive';

export interface Identity {
  readonly account: string;
  readonly arn: string;
}

type PermissionSettings = Pick<DeploySettings, 'AWS_REGION' | 'STAGE' | 'CDK_QUALIFIER'>;

/**
 * Returns the permissions that a command uses itself, each with the resources as in a policy.
 * Everything else runs with the roles of the CDK, which the identity must be allowed to assume.
 */
export function permissionsOf(
  command: Command,
  { account, arn }: Identity,
  { AWS_REGION: region, STAGE, CDK_QUALIFIER: qualifier }: PermissionSettings,
): Permission[] {
  const [, partition = 'aws'] = arn.split(':');
  const isForAll = command === 'doctor -- --all';
  const stack = isForAll ? `${STACK_PREFIX}*` : stackName(STAGE);
  // CloudFormation begins a generated name with at most 24 characters of the stack's (unproved).
  const named = isForAll ? stack : `${stack.slice(0, 24)}*`;
  const on = (service: string, rest: string) => `arn:${partition}:${service}:${region}:${account}:${rest}`;
  const role = (name: string) => `arn:${partition}:iam::${account}:role/${name}`;
  const cdkRoles = (...names: string[]) =>
    names.map((name) => role(`cdk-${qualifier}-${name}-role-${account}-${region}`));
  const all = (resources: readonly string[], ...actions: string[]) =>
    resources.flatMap((resource) => actions.map((action) => ({ action, resource })));

  const ownStack = on('cloudformation', `stack/${stack}/*`);
  const bootstrapStack = on('cloudformation', `stack/${bootstrapStackName(qualifier)}/*`);
  // Secrets Manager appends a hyphen and six random characters to the name.
  const connectorKey = on('secretsmanager', `secret:${connectorKeySecretName(STAGE)}-*`);
  // CloudFormation names a secret after its id in the template (unproved).
  const secrets = ['HistorySecret', 'IdentitySecret'].map((id) => on('secretsmanager', `secret:${id}*`));
  const functions = on('lambda', `function:${named}`);
  const queues = on('sqs', named);

  switch (command) {
    case 'deploy':
      return [
        ...all(cdkRoles('deploy', 'lookup', 'file-publishing', 'image-publishing'), 'sts:AssumeRole'),
        ...all([ownStack, bootstrapStack], 'cloudformation:DescribeStacks'),
        ...all(
          [connectorKey],
          'secretsmanager:GetSecretValue',
          'secretsmanager:CreateSecret',
          'secretsmanager:PutSecretValue',
        ),
        ...all(secrets, 'secretsmanager:GetSecretValue'),
        ...all(['*'], 'lambda:GetAccountSettings'),
      ];
    case 'doctor':
    case 'doctor -- --all':
      return [
        ...(isForAll ? all(['*'], 'cloudformation:ListStacks') : []),
        ...all([ownStack], 'cloudformation:DescribeStacks'),
        ...all([role(named)], 'iam:GetRole'),
        ...all([functions], 'lambda:GetFunctionConfiguration'),
        ...all([queues], 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'),
        ...all([on('ecs', `service/${named}`)], 'ecs:DescribeServices'),
        ...all(['*'], 'cloudwatch:GetMetricData'),
      ];
    case 'destroy':
      return [
        ...all(cdkRoles('deploy'), 'sts:AssumeRole'),
        ...all([ownStack], 'cloudformation:DescribeStacks', 'cloudformation:UpdateTerminationProtection'),
        ...all([connectorKey], 'secretsmanager:DeleteSecret'),
        ...all([on('rds', `db:${named}`)], 'rds:ModifyDBInstance', 'rds:DescribeDBSnapshots'),
        ...all([on('rds', `cluster:${named}`)], 'rds:ModifyDBCluster', 'rds:DescribeDBClusterSnapshots'),
      ];
    case 'redrive':
      return [
        ...all([queues], 'sqs:ReceiveMessage', 'sqs:DeleteMessage'),
        ...all([functions], 'lambda:InvokeFunction'),
      ];
  }
}

/**
 * Returns the permission with a resource that a policy for it covers, for a simulation: policies may
 * describe the six characters of a secret as `??????`.
 */
export function toSample({ action, resource }: Permission): Permission {
  return { action, resource: resource.replace(/(?<=:secret:.*)\*$/, 'AbCdEf') };
}
