import { migratedDatabases, startDatabaseServer, withClient } from '@chat/test-database';
import { Match } from 'aws-cdk-lib/assertions';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, test as base, vi } from 'vitest';
import { LAMBDA_ENV } from '../src/names.ts';
import { handler as watch } from '../src/functions/connector-watch.lambda.ts';
import { metricsOf, valueFor, type AlarmProperties, type RaisedMetric } from './support/raised-metrics.ts';
import { startSecretsManager } from './support/secrets-manager.ts';
import { artefactsOnce, SYNTHESIS_TIMEOUT, synthesize } from './support/synth.ts';

vi.setConfig({ testTimeout: SYNTHESIS_TIMEOUT });

const HISTORY_SECRET = 'a secret of some length';
type Handler = (event: unknown, context: object) => Promise<unknown>;

/** `database`: the address of a migrated database; the environment connects the functions to it. */
const test = base
  .extend('newDatabase', { scope: 'file' }, async ({}, { onCleanup }) => {
    const server = await startDatabaseServer();
    onCleanup(() => server.stop());
    return migratedDatabases(server);
  })
  .extend('database', async ({ newDatabase }, { onCleanup }) => {
    const address = await newDatabase();
    const { hostname, port, username, password, pathname } = new URL(address);
    const secrets = await startSecretsManager({ username, password });
    const env = {
      [LAMBDA_ENV.host]: hostname,
      [LAMBDA_ENV.port]: port,
      [LAMBDA_ENV.database]: pathname.slice(1),
      [LAMBDA_ENV.sslMode]: 'disable',
      [LAMBDA_ENV.secretId]: secrets.arn,
      [LAMBDA_ENV.historySecret]: HISTORY_SECRET,
      STAGE: 'dev',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    onCleanup(async () => {
      vi.unstubAllEnvs();
      await withClient(address, (client) =>
        client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'chat-lambda'`,
        ),
      );
      await secrets.close();
    });
    return address;
  });

beforeEach(() => synthesize('standard').then(() => undefined), SYNTHESIS_TIMEOUT);

let instances = 0;

/** Starts an instance of a built function and returns what its invocations raise. */
async function start(name: 'writer' | 'history', description: string) {
  const { [name]: folder } = await artefactsOnce();
  const bundle = `${pathToFileURL(join(folder, 'index.mjs')).href}?instance=${++instances}`;
  const { handler } = (await import(bundle)) as { handler: Handler };
  const { template } = await synthesize('standard');
  const found = template.findResources('AWS::Lambda::Function', {
    Properties: { Description: Match.stringLikeRegexp(description) },
  });
  const [functionName = ''] = Object.keys(found);
  return (event: unknown): Promise<RaisedMetric[]> =>
    metricsOf(functionName, () => handler(event, { functionName, awsRequestId: 'request' }));
}

/** Returns whether values of one period raise the alarm of this name. */
async function raises(name: string, raised: readonly RaisedMetric[]): Promise<boolean> {
  const { template } = await synthesize('standard');
  const [alarm] = Object.values(
    template.findResources('AWS::CloudWatch::Alarm', {
      Properties: { AlarmName: `serverless-chat-dev-${name}` },
    }),
  ).map(({ Properties }) => Properties as AlarmProperties);
  if (!alarm) throw new Error(`The template has no alarm ${name}`);
  const value = valueFor(alarm, raised);
  if (value === undefined) throw new Error(`No invocation raises the metric of the alarm ${name}`);
  return value > alarm.Threshold;
}

const breakTable = (database: string) =>
  withClient(database, (client) => client.query('alter table chat_data rename to elsewhere'));

const request = (authorization: string) => ({
  rawPath: '/',
  headers: { authorization },
  requestContext: { http: { method: 'GET' } },
});

const event = (id: string, name: string, data: unknown) => ({
  source: 'channel.message',
  appId: 'app',
  channel: 'outgoing-chat',
  site: 'eu',
  ruleId: 'rule',
  messages: [
    { id, name, clientId: 'ann', timestamp: Date.now(), encoding: 'json', data: JSON.stringify(data) },
  ],
});

/** One after the other, because an instance of a function gets one event at a time. */
async function sixTimes(call: (attempt: number) => Promise<RaisedMetric[]>): Promise<RaisedMetric[]> {
  const raised: RaisedMetric[] = [];
  for (let attempt = 1; attempt <= 6; attempt += 1) raised.push(...(await call(attempt)));
  return raised;
}

describe('the alarm HistoryErrors', () => {
  test('is raised by a request that the database fails', async ({ database }) => {
    const history = await start('history', '^Reads pages of messages');
    await breakTable(database);
    expect(await raises('HistoryErrors', await history(request(`Bearer ${HISTORY_SECRET}`)))).toBe(true);
  });

  test('is not raised by a served request, nor by one without the secret', async ({ database }) => {
    expect(database).toBeDefined();
    const history = await start('history', '^Reads pages of messages');
    expect(await raises('HistoryErrors', await history(request(`Bearer ${HISTORY_SECRET}`)))).toBe(false);
    expect(await raises('HistoryErrors', await history(request('Bearer guessed')))).toBe(false);
  });
});

test('the dashboard shows the metric of the alarm HistoryErrors', async () => {
  const { template } = await synthesize('standard');
  expect(JSON.stringify(template.findResources('AWS::CloudWatch::Dashboard'))).toContain('Url5xxCount');
});

describe('the alarm WriterErrors', () => {
  test('is raised by more than five events that the database fails', async ({ database }) => {
    const writer = await start('writer', '^Writes what an Ably rule sends');
    await breakTable(database);
    const failing = (n: number) => writer(event(`m${n}`, 'chatMsg', { username: 'Ann', content: 'hi' }));
    expect(await raises('WriterErrors', await sixTimes(failing))).toBe(true);
    expect(await raises('WriterErrors', await failing(7))).toBe(false);
  });

  test('is not raised by edits that came before their messages', async ({ database }) => {
    expect(database).toBeDefined();
    const writer = await start('writer', '^Writes what an Ably rule sends');
    const data = { username: 'Ann', content: 'hi', msgIdToEdit: 'later' };
    const raised = await sixTimes((n) => writer(event(`e${n}`, 'editedMsg', data)));
    expect(raised.filter(({ name, value }) => name === 'Errors' && value === 1)).toHaveLength(6);
    expect(await raises('WriterErrors', raised)).toBe(false);
  });
});

describe('the alarms of the outbox', () => {
  test('are raised by row changes that stay unpublished or were set aside', async ({ database }) => {
    expect(await raises('ConnectorLag', await metricsOf('watch', watch))).toBe(false);
    await withClient(database, (client) =>
      client.query(`insert into outbox (channel, name, processed) values ('incoming-chat', 'n', false);
        insert into outbox_set_aside (sequence_id, mutation_id, channel, name, status, code, reason)
        values (1, 'm', 'incoming-chat', 'n', 400, 40009, 'too large')`),
    );
    const raised = await metricsOf('watch', watch); // takes ten seconds, between its two looks
    expect(await raises('ConnectorLag', raised)).toBe(true);
    expect(await raises('ConnectorSetAside', raised)).toBe(true);
  });
});
