import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as v from 'valibot';
import { readFunctionEnv } from '../env.ts';

const EnvSchema = v.object({ CLUSTER: v.string(), SERVICE: v.string(), DATABASE_SECRET: v.string() });

/**
 * Replaces the connector's tasks when the database's password was rotated after they started. ECS
 * injects the password only at start, so an older task could not reconnect. Not LastChangedDate,
 * which a change of the secret's tags or rotation schedule moves too.
 */
export async function handler(): Promise<{ refreshed: boolean }> {
  const { CLUSTER: cluster, SERVICE: service, DATABASE_SECRET } = readFunctionEnv(EnvSchema);
  const ecs = new ECSClient();
  const { LastRotatedDate } = await new SecretsManagerClient().send(
    new DescribeSecretCommand({ SecretId: DATABASE_SECRET }),
  );
  const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
  const primary = services[0]?.deployments?.find(({ status }) => status === 'PRIMARY');
  if (!primary?.createdAt)
    throw new Error(`Cannot tell the age of the tasks: the deployment of ${service} has no date`);

  // Without a date, the password was never rotated.
  const refreshed = LastRotatedDate !== undefined && LastRotatedDate > primary.createdAt;
  if (refreshed) await ecs.send(new UpdateServiceCommand({ cluster, service, forceNewDeployment: true }));
  return { refreshed };
}
