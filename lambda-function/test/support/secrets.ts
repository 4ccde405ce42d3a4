import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A stand-in for GetSecretValue of AWS Secrets Manager; without a secret it denies access. */
export async function startSecrets(secret: object | undefined) {
  const requested: string[] = [];
  let stored = secret;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      requested.push(JSON.parse(body).SecretId);
      const isFound = stored && request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
      response.writeHead(isFound ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
      const answer = { SecretString: JSON.stringify(stored), VersionStages: ['AWSCURRENT'] };
      response.end(JSON.stringify(isFound ? answer : { __type: 'AccessDeniedException', message: 'no' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return {
    /** The SecretId of each request. */
    requested,
    store(newSecret: object) {
      stored = newSecret;
    },
    env: {
      PGUSER: '',
      PGPASSWORD: '',
      DB_SECRET_ARN: 'arn:secret',
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    },
  };
}
