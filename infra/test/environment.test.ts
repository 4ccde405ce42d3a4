import { parseEnvironment } from '@chat/connector';
import { readHistoryEnv, readWriterEnv } from '@chat/lambda-function/env';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LAMBDA_ENV } from '../src/names.ts';
import { synthesize } from './support/synth.ts';

describe('the environment that the stack sets', () => {
  afterEach(() => vi.unstubAllEnvs());

  /** With a word in place of what is known only on AWS. */
  const plain = (value: unknown): string =>
    typeof value === 'string' ? value : 'known on AWS, and long enough';

  it.each([
    ['chat-writer', 'Writes what an Ably rule sends into the database', readWriterEnv],
    ['chat-history', 'Reads pages of messages from the database', readHistoryEnv],
  ] as const)('is one that %s accepts', async (_name, Description, readEnv) => {
    const { template } = await synthesize('standard');
    const [found] = Object.values(
      template.findResources('AWS::Lambda::Function', { Properties: { Description } }),
    );
    const { Environment } = found?.['Properties'] as { Environment: { Variables: Record<string, unknown> } };
    for (const name of Object.values(LAMBDA_ENV)) vi.stubEnv(name, undefined);
    for (const [name, value] of Object.entries(Environment.Variables)) vi.stubEnv(name, plain(value));
    expect(readEnv().database).toMatchObject({ port: 5432, database: 'chat', verifyTls: true });
  });

  it('is one that the connector accepts', async () => {
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
      // `true` would trust the system's authorities, and RDS's are not among them.
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
