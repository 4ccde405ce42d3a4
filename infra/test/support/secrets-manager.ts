import { startAwsServer, type AwsServer } from './aws-server.ts';

export interface SecretsManager extends AwsServer {
  readonly arn: string;
  /** Those of `further`, by their names. */
  readonly arns: Readonly<Record<string, string>>;
}

/**
 * Answers GetSecretValue, as the API reference of AWS Secrets Manager describes it.
 * @param further more secrets, by name
 */
export async function startSecretsManager(
  secret: object,
  further: Readonly<Record<string, object>> = {},
): Promise<SecretsManager> {
  const arnOf = (name: string) => `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}-AbCdEf`;
  const values = Object.entries({ database: secret, ...further }).map(([name, value]) => ({
    ARN: arnOf(name),
    Name: name,
    SecretString: JSON.stringify(value),
    VersionStages: ['AWSCURRENT'],
  }));
  const server = await startAwsServer((request, body) => {
    const { SecretId } = JSON.parse(body) as { SecretId?: string };
    const value = values.find(({ ARN }) => ARN === SecretId);
    return request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue' && value
      ? [200, JSON.stringify(value)]
      : [400, JSON.stringify({ __type: 'ResourceNotFoundException', Message: 'no such secret' })];
  });
  const arns = Object.fromEntries(Object.keys(further).map((name) => [name, arnOf(name)]));
  return { ...server, arn: arnOf('database'), arns };
}
