import type { Permission } from '../aws/aws.ts';
import { connectorKeySecretName, stackName } from '../names.ts';
import type { DeploySettings } from '../settings.ts';

/** The name that `cdk bootstrap` gives its roles unless told otherwise. */
const CDK_QUALIFIER = 'hnb659fds';

/**
 * What the deployment itself does on AWS, and to what; the CDK brings roles of its own, which it must be allowed to assume. Whoever
 * may do just this, to just these, is allowed enough.
 * @param identity arn of whoever deploys
 */
export function permissions(
  { account, arn }: { account: string; arn: string },
  { AWS_REGION: region, STAGE }: Pick<DeploySettings, 'AWS_REGION' | 'STAGE'>,
): Permission[] {
  const [, partition = 'aws'] = arn.split(':');
  const on = (service: string, rest: string) => `arn:${partition}:${service}:${region}:${account}:${rest}`;
  const role = `arn:${partition}:iam::${account}:role/cdk-${CDK_QUALIFIER}-deploy-role-${account}-${region}`;
  // AWS adds six characters to the name of a secret.
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
