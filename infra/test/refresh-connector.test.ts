import { describe, expect, vi } from 'vitest';
import { handler } from '../src/functions/refresh-connector.lambda.ts';
import { test as base } from './support/aws-test.ts';

/** In seconds since the epoch, the unit of AWS's responses. */
const DEPLOYED_AT = 1_760_000_000;

/** `describeSecret`: sets the dates of the database's secret. */
const test = base.extend('describeSecret', ({ endpoint }) => (dates: Record<string, number>): void => {
  vi.stubEnv('CLUSTER', 'cluster');
  vi.stubEnv('SERVICE', 'service');
  vi.stubEnv('DATABASE_SECRET', 'secret');
  // ECS also lists the deployment that the primary one is replacing.
  const deployments = [
    { status: 'ACTIVE', createdAt: DEPLOYED_AT - 3600 },
    { status: 'PRIMARY', createdAt: DEPLOYED_AT },
  ];
  const ecs = (action: string) => `AmazonEC2ContainerServiceV20141113.${action}`;
  endpoint.responses = {
    'secretsmanager.DescribeSecret': [200, JSON.stringify({ Name: 'database', ...dates })],
    [ecs('DescribeServices')]: [200, JSON.stringify({ services: [{ deployments }] })],
    [ecs('UpdateService')]: [200, '{"service":{}}'],
  };
});

describe('refresh-connector', () => {
  test('replaces tasks that are older than the password', async ({ endpoint, describeSecret }) => {
    describeSecret({ LastRotatedDate: DEPLOYED_AT + 60 });
    expect(await handler()).toEqual({ refreshed: true });
    expect(endpoint.requests.at(-1)).toEqual({
      action: 'AmazonEC2ContainerServiceV20141113.UpdateService',
      body: { cluster: 'cluster', service: 'service', forceNewDeployment: true },
    });
  });

  test('leaves tasks alone that are newer than the password', async ({ endpoint, describeSecret }) => {
    describeSecret({ LastRotatedDate: DEPLOYED_AT - 60 });
    expect(await handler()).toEqual({ refreshed: false });
    expect(endpoint.requests.map(({ action }) => action.split('.')[1])).toEqual([
      'DescribeSecret',
      'DescribeServices',
    ]);
  });

  test('leaves tasks alone when the secret changed without a rotation', async ({ describeSecret }) => {
    describeSecret({ LastChangedDate: DEPLOYED_AT + 60 });
    expect(await handler()).toEqual({ refreshed: false });
    describeSecret({ LastChangedDate: DEPLOYED_AT + 60, LastRotatedDate: DEPLOYED_AT - 60 });
    expect(await handler()).toEqual({ refreshed: false });
  });

  test('fails when the age of the tasks is unknown', async ({ endpoint, describeSecret }) => {
    describeSecret({ LastRotatedDate: DEPLOYED_AT + 60 });
    endpoint.responses['AmazonEC2ContainerServiceV20141113.DescribeServices'] = [200, '{"services":[]}'];
    await expect(handler()).rejects.toThrow('the deployment of service has no date');
  });
});
