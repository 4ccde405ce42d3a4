import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { handler } from '../src/functions/refresh-connector.lambda.ts';

let server: Server;
let calls: { action: string; body: unknown }[];
/** In seconds since the epoch, as AWS has it. */
let changedAt: number;
const DEPLOYED_AT = 1_760_000_000;

beforeEach(async () => {
  calls = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      calls.push({ action, body: JSON.parse(body) });
      const answers: Record<string, object> = {
        DescribeSecret: { Name: 'database', LastChangedDate: changedAt },
        DescribeServices: { services: [{ deployments: [{ status: 'PRIMARY', createdAt: DEPLOYED_AT }] }] },
        UpdateService: { service: {} },
      };
      response
        .writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify(answers[action]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const env = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    CLUSTER: 'cluster',
    SERVICE: 'service',
    DATABASE_SECRET: 'secret',
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

it('replaces tasks that are older than the password', async () => {
  changedAt = DEPLOYED_AT + 60;
  expect(await handler()).toEqual({ refreshed: true });
  expect(calls.at(-1)).toEqual({
    action: 'UpdateService',
    body: { cluster: 'cluster', service: 'service', forceNewDeployment: true },
  });
});

it('leaves younger ones alone', async () => {
  changedAt = DEPLOYED_AT - 60;
  expect(await handler()).toEqual({ refreshed: false });
  expect(calls.map(({ action }) => action)).toEqual(['DescribeSecret', 'DescribeServices']);
});
