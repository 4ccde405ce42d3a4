import { parseEnvironment } from '@chat/connector';
import { readHistoryEnv, readWriterEnv } from '@chat/lambda-function/env';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { LAMBDA_ENV } from '../src/names.ts';
import { SYNTHESIS_TIMEOUT, synthesize } from './support/synth.ts';

beforeAll(() => synthesize('standard'), SYNTHESIS_TIMEOUT);

describe('the environment that the stack sets', () => {
  afterEach(() => vi.unstubAllEnvs());

  /** Replaces a value that CloudFormation resolves by a plain text. */
  const plain = (value: unknown): string =>
    typeof value === 'string' ? value : 'resolved on AWS, long enough';

  test.for([
    ['chat-writer', 'Writes what an Ably rule sends into the database', readWriterEnv],
    ['chat-history', 'Reads pages of messages from the database', readHistoryEnv],
  ] as const)('is accepted by %s', async ([, Description, readEnv]) => {
    const { template } = await synthesize('standard');
    const [found] = Object.values(
      template.findResources('AWS::Lambda::Function', { Properties: { Description } }),
    );
    const { Environment } = found?.['Properties'] as { Environment: { Variables: Record<string, unknown> } };
    for (const name of Object.values(LAMBDA_ENV)) vi.stubEnv(name, undefined);
    for (const [name, value] of Object.entries(Environment.Variables)) vi.stubEnv(name, plain(value));
    expect(readEnv().database).toMatchObject({ port: 5432, database: 'chat', verifyTls: true });
  });

  test('is accepted by the connector', async () => {
    const { template } = await synthesize('standard');
    const [task] = Object.values(template.findResources('AWS::ECS::TaskDefinition'));
    const { ContainerDefinitions } = task?.['Properties'] as {
      ContainerDefinitions: {
        Environment: { Name: string; Value: unknown }[];
        Secrets: { Name: string }[];
      }[];
    };
    const [{ Environment = [], Secrets = [] } = {}] = ContainerDefinitions;
    const injected = Object.fromEntries(Secrets.map(({ Name }) => [Name, 'app.key:secret']));
    const set = Object.fromEntries(Environment.map(({ Name, Value }) => [Name, plain(Value)]));
    expect(parseEnvironment({ ...set, ...injected })).toMatchObject({
      // `true` would trust the system's authorities, which do not include Amazon's.
      dbConfig: { database: 'chat', port: 5432, ssl: 'rds' },
      connector: ['INSERT', 'UPDATE', 'DELETE'].map((operation) => ({
        tablename: 'chat_data',
        ablychannelname: 'incoming-chat',
        operation,
      })),
      healthPort: 8080,
    });
  });
});
