import type { Permission } from '../aws/aws.ts';
import { connectorKeySecretName, stackName } from '../names.ts';
import type { DeploySettings } from '../settings.ts';

/** The default qualifier in the names of the roles that `cdk bootstrap` creates. */
const CDK_QUALIFIER = 'hnb659fds';

/**
 * Returns the permissions that `npm run deploy` uses itself, each with its resource. Everything
 * else runs with the roles of the CDK, which the identity must be allowed to assume.
 */
export function requiredPermissions(
  { account, arn }: { account: string; arn: string },
  { AWS_REGION: region, STAGE }: Pick<DeploySettings, 'AWS_REGION' | 'STAGE'>,
): Permission[] {
  const [, partition = 'aws'] = arn.split(':');
  const on = (service: string, rest: string) => `arn:${partition}:${service}:${region}:${account}:${rest}`;
  const role = `arn:${partition}:iam::${account}:role/cdk-${CDK_QUALIFIER}-deploy-role-${account}-${region}`;
  // Secrets Manager appends a hyphen and six random characters to the name.
  const secret = on('secretsmanager', `secret:${connectorKeySecretName(STAGE)}-AbCdEf`);
  return [
    { action: 'sts:AssumeRole', resource: role },
    {
      action: 'cloudformation:DescribeStacks',
      resource: on('cloudformation', `stack/${stackName(STAGE)}/*`),
    },
    { action: 'secretsmanager:GetSecretValue', resource: secret },
    { action: 'secretsmanager:CreateSecret', resource: secret },
    { action: 'secretsmanager:PutSecretValue', resource: secret },
    { action: 'lambda:GetAccountSettings', resource: '*' },
  ];
}
