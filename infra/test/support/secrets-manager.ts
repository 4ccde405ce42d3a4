import { startAwsServer, type AwsServer } from './aws-server.ts';

export interface SecretsManager extends AwsServer {
  readonly arn: string;
}

/**
 * Answers GetSecretValue for one secret, as the API reference of AWS Secrets Manager describes it.
 */
export async function startSecretsManager(secret: object): Promise<SecretsManager> {
  const arn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:database-AbCdEf';
  const value = {
    ARN: arn,
    Name: 'database',
    SecretString: JSON.stringify(secret),
    VersionStages: ['AWSCURRENT'],
  };
  const server = await startAwsServer((request, body) => {
    const { SecretId } = JSON.parse(body) as { SecretId?: string };
    return request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue' && SecretId === arn
      ? [200, JSON.stringify(value)]
      : [400, JSON.stringify({ __type: 'ResourceNotFoundException', Message: 'no such secret' })];
  });
  return { ...server, arn };
}
