import { describe, expect } from 'vitest';
import { spawnConfigured, spawnConnector } from './support/child.ts';
import { rawConfig } from './support/connector.ts';
import { test } from './support/fixtures.ts';

test.beforeAll(({ postgres }) => void postgres);

describe.each(['SIGTERM', 'SIGINT'] as const)('connector process: on %s', (signal) => {
  test('finishes the publish in flight, gives up its lease and exits with 0', async ({
    database,
    ably,
    config,
    chat,
  }) => {
    await using connector = await spawnConfigured(config);
    const { health } = await connector.line('ready');
    expect((await fetch(String(health))).status).toBe(200);

    const release = ably.delayAnswers();
    await chat.insert(1, 1);
    await expect.poll(() => ably.requests).toBe(1);
    connector.signal(signal);
    await connector.line('stopping');
    release();
    expect(await connector.exit).toBe(0);
    await connector.line('stopped');
    expect(ably.accepted).toHaveLength(1);
    expect(await database.query('select processed from outbox')).toEqual([{ processed: true }]);
    expect(await database.query('select id from nodes')).toEqual([]);
  });
});

test('connector process: exits within 10 s of SIGTERM although a publish hangs', async ({
  ably,
  config,
  chat,
}) => {
  await using connector = await spawnConfigured(config);
  await connector.line('ready');
  ably.behave(() => 'hang');
  await chat.insert(1, 1);
  await expect.poll(() => ably.requests).toBe(1);
  const signalled = performance.now();
  connector.signal('SIGTERM');
  expect(await connector.exit).toBe(0);
  expect(performance.now() - signalled).toBeLessThan(10_000);
});

test('connector process: exits with 0 on SIGTERM while it waits for its database', async ({
  ably,
  config,
}) => {
  const unreachable = { ...config, dbConfig: { ...config.dbConfig, port: ably.port } };
  await using connector = await spawnConfigured(unreachable);
  await connector.line('the database is not ready; retrying');
  connector.signal('SIGTERM');
  expect(await connector.exit).toBe(0);
});

test('connector process: needs only the environment, and logs neither secrets nor message texts', async ({
  database,
  ably,
  config,
}) => {
  const { dbConfig, connector: routes } = config;
  await using connector = spawnConnector([], {
    DB_HOST: dbConfig.host,
    DB_PORT: String(dbConfig.port),
    DB_USER: dbConfig.user,
    DB_PASSWORD: dbConfig.password ?? '',
    DB_NAME: dbConfig.database,
    ABLY_API_KEY: 'app.key:secret',
    ABLY_ENDPOINT: '127.0.0.1',
    ABLY_PORT: String(ably.port),
    ABLY_TLS: 'false',
    ABLY_CONNECTOR: JSON.stringify(routes),
    LOG_LEVEL: 'trace',
  });
  await connector.line('ready');
  await database.query(`insert into chat_data (msg_id, msg_data) values ('m1', 'a private word')`);
  await connector.line('settled');
  for (const hidden of ['secret', String(dbConfig.password), 'a private word']) {
    expect(connector.output()).not.toContain(hidden);
  }
});

describe('connector process: exits with 1 and the reason', () => {
  test('for an invalid configuration, with all problems', async () => {
    await using connector = spawnConnector([], { DB_HOST: 'db', DB_PORT: 'x', ABLY_API_KEY: 'hunter2' });
    expect(await connector.exit).toBe(1);
    for (const name of ['DB_PORT', 'DB_USER', 'DB_NAME', 'ABLY_API_KEY', 'ABLY_CONNECTOR']) {
      expect(connector.output()).toMatch(new RegExp(`^  ${name}: `, 'm'));
    }
    expect(connector.output()).not.toContain('hunter2');
  });

  test('for an unknown option', async () => {
    await using connector = spawnConnector(['--conifg', 'x.json']);
    expect(await connector.exit).toBe(1);
    expect(connector.output()).toMatch(/--conifg.*Usage/s);
  });

  test('for a database without the migrations', async ({ postgres }) => {
    await using database = await postgres.createDatabase({ empty: true });
    await using connector = await spawnConfigured(rawConfig(database, { port: 1 }));
    expect(await connector.exit).toBe(1);
    expect(connector.output()).toContain('npm run migrate');
  });
});
