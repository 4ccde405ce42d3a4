import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SecretsManager {
  readonly url: string;
  readonly arn: string;
  close(): Promise<void>;
}

/** The one call of AWS Secrets Manager that the functions make, as its API reference has it. */
export async function startSecretsManager(secret: object): Promise<SecretsManager> {
  const arn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:database-AbCdEf';
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { SecretId } = JSON.parse(Buffer.concat(parts).toString()) as { SecretId?: string };
      const isKnown = request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue' && SecretId === arn;
      const answer = isKnown
        ? { ARN: arn, Name: 'database', SecretString: JSON.stringify(secret), VersionStages: ['AWSCURRENT'] }
        : { __type: 'ResourceNotFoundException', Message: 'no such secret' };
      response.writeHead(isKnown ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arn,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
