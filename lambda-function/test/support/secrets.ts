import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A stand-in for GetSecretValue of AWS Secrets Manager; without a secret it denies access. */
export async function startSecrets(secret: object | string | undefined) {
  const requested: string[] = [];
  let stored = secret;
  let previous: typeof secret;
  const valueOf = (VersionStage: string) => (VersionStage === 'AWSPREVIOUS' ? previous : stored);
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const { SecretId, VersionStage } = JSON.parse(body);
      requested.push(SecretId);
      const value = valueOf(VersionStage);
      const isFound = value && request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
      response.writeHead(isFound ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
      const SecretString = typeof value === 'string' ? value : JSON.stringify(value);
      const __type = stored ? 'ResourceNotFoundException' : 'AccessDeniedException';
      response.end(
        JSON.stringify(isFound ? { SecretString, VersionStages: [VersionStage] } : { __type, message: 'no' }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  const connection = {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
  return {
    /** The SecretId of each request. */
    requested,
    /** The replaced secret becomes the previous one, as after PutSecretValue. */
    store(newSecret: object | string | undefined) {
      previous = stored;
      stored = newSecret;
    },
    connection,
    env: { PGUSER: '', PGPASSWORD: '', DB_SECRET_ARN: 'arn:secret', ...connection },
  };
}
