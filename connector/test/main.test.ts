import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { spawnConnector, temporaryFile } from './support/child.ts';
import { rawConfig } from './support/connector.ts';
import { startPostgres, type PostgresServer } from './support/postgres.ts';
import { startStubAbly } from './support/stub-ably.ts';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('finishes the publish in flight, leaves, and exits with 0', async () => {
    await using database = await postgres.createDatabase();
    await using ably = await startStubAbly();
    const raw = { ...rawConfig(database, ably), logLevel: 'info' };
    await using file = await temporaryFile('config.json', JSON.stringify(raw));
    await using connector = spawnConnector(['--config', file.path]);
    const { health } = await connector.line('ready');
    expect((await fetch(String(health))).status).toBe(200);

    const release = ably.hold();
    await database.query(`INSERT INTO chat_data (msg_id) VALUES ('m1')`);
    await expect.poll(() => ably.requests).toBe(1);
    connector.process.kill(signal);
    await connector.line('stopping');
    release();
    expect(await connector.exit).toBe(0);
    await connector.line('stopped');
    expect(ably.accepted).toHaveLength(1);
    expect(await database.query('SELECT processed FROM outbox')).toEqual([{ processed: true }]);
    expect(await database.query('SELECT id FROM nodes')).toEqual([]);
  });
});

test('a publish that hangs does not keep the process beyond 10 s', async () => {
  await using database = await postgres.createDatabase();
  await using ably = await startStubAbly();
  await using file = await temporaryFile(
    'config.json',
    JSON.stringify({ ...rawConfig(database, ably), logLevel: 'info' }),
  );
  await using connector = spawnConnector([file.path]);
  await connector.line('ready');
  ably.behave(() => 'hang');
  await database.query(`INSERT INTO chat_data (msg_id) VALUES ('m1')`);
  await expect.poll(() => ably.requests).toBe(1);
  const asked = performance.now();
  connector.process.kill('SIGTERM');
  expect(await connector.exit).toBe(0);
  expect(performance.now() - asked).toBeLessThan(10_000);
});

test('SIGTERM also ends a process that still waits for its database', async () => {
  await using database = await postgres.createDatabase();
  await using ably = await startStubAbly();
  const raw = rawConfig(database, ably);
  const nobody = { ...raw, dbConfig: { ...raw.dbConfig, port: ably.port }, logLevel: 'info' };
  await using file = await temporaryFile('config.json', JSON.stringify(nobody));
  await using connector = spawnConnector([file.path]);
  await connector.line('the database is not ready yet; trying again');
  connector.process.kill('SIGTERM');
  expect(await connector.exit).toBe(0);
});

test('the environment alone is enough', async () => {
  await using database = await postgres.createDatabase();
  await using ably = await startStubAbly();
  const { dbConfig, connector: routes } = rawConfig(database, ably);
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
  await database.query(`INSERT INTO chat_data (msg_id, msg_data) VALUES ('m1', 'a private word')`);
  await connector.line('settled');
  for (const hidden of ['secret', String(dbConfig.password), 'a private word']) {
    expect(connector.output()).not.toContain(hidden);
  }
});

describe('exits with 1 and says why', () => {
  test('for a wrong configuration, all problems at once', async () => {
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

  test('for a database without the migrations', async () => {
    await using database = await postgres.createDatabase({ empty: true });
    const raw = { ...rawConfig(database, { port: 1 }), logLevel: 'info' };
    await using file = await temporaryFile('config.json', JSON.stringify(raw));
    await using connector = spawnConnector([file.path]);
    expect(await connector.exit).toBe(1);
    expect(connector.output()).toContain('npm run migrate');
  });
});
