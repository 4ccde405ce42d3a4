import { startBroker } from '@chat/broker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check } from '../src/setup/check.ts';
import { parseCommandLine } from '../src/command-line.ts';
import { parseConfig } from '../src/config/config.ts';
import { spawnConnector, temporaryFile } from './support/child.ts';
import { chatRoutes, KEY, rawConfig, runConnector } from './support/connector.ts';
import { startPostgres, type PostgresServer } from './support/postgres.ts';

type Broker = Awaited<ReturnType<typeof startBroker>>;

let postgres: PostgresServer;
let broker: Broker;
beforeAll(async () => {
  postgres = await startPostgres();
  broker = await startBroker({ keys: [KEY] });
});
afterAll(async () => {
  await broker.close();
  await postgres.stop();
});

describe('--check', () => {
  test('says what a start would change, and changes nothing', async () => {
    await using database = await postgres.createDatabase();
    await database.query('CREATE TABLE users (id int)');
    const users = { tablename: 'users', operation: 'INSERT', ablychannelname: 'users' };
    await (await runConnector(rawConfig(database, broker, [users]))).stop();
    const raw = { ...rawConfig(database, broker), logLevel: 'info' };
    await using file = await temporaryFile('config.json', JSON.stringify(raw));
    await using connector = spawnConnector(['--check', file.path]);
    expect(await connector.exit).toBe(0);
    expect(connector.output().split('\n')).toEqual([
      expect.stringMatching(/^ok {5}the database 127.0.0.1:\d+\/test_\d+ answers: PostgreSQL \d+/),
      expect.stringMatching(/^ok {5}role \w+ has every right that it needs$/),
      'ok     Ably answers and knows the key',
      'change create trigger outbox_capture_insert on chat_data',
      'change create trigger outbox_capture_update on chat_data',
      'change create trigger outbox_capture_delete on chat_data',
      'change create trigger outbox_capture_truncate on chat_data',
      'change drop trigger outbox_capture_insert on users',
      'change add route INSERT on chat_data to incoming-chat',
      'change add route UPDATE on chat_data to incoming-chat',
      'change add route DELETE on chat_data to incoming-chat',
      'change remove route INSERT on users to users',
      'A start would make these changes.',
      '',
    ]);
    expect(await database.query('SELECT tablename FROM ablycontroltable')).toEqual([{ tablename: 'users' }]);
    expect(connector.output()).not.toContain(database.dbConfig.password);
  });

  test('tells everything that is wrong at once, and exits with 1', async () => {
    await using database = await postgres.createDatabase({ empty: true });
    const raw = rawConfig(database, { port: 1 });
    await using file = await temporaryFile('config.json', JSON.stringify(raw));
    await using connector = spawnConnector(['--check', file.path]);
    expect(await connector.exit).toBe(1);
    expect(connector.output()).toMatch(/^WRONG {2}The database lacks table outbox.*npm run migrate/m);
    expect(connector.output()).toMatch(/^WRONG {2}Ably does not answer or refuses the key: .*ECONNREFUSED/m);
  });

  test('names a database that does not answer', async () => {
    await using database = await postgres.createDatabase();
    const raw = rawConfig(database, broker);
    const { problems } = await check(parseConfig({ ...raw, dbConfig: { ...raw.dbConfig, port: 1 } }));
    expect(problems).toEqual([
      expect.stringMatching(/^the database 127.0.0.1:1\/test_\d+ does not answer: .*ECONNREFUSED/),
    ]);
  });

  test.each([
    ['does not know', 'app.nobody:secret', /^Ably does not answer or refuses the key: .*40/],
    ['finds wrong', 'app.key:wrong', /^Ably does not answer or refuses the key: .*40/],
  ])('names a key that Ably %s', async (_, apiKey, problem) => {
    await using database = await postgres.createDatabase();
    const raw = rawConfig(database, broker);
    const { problems } = await check(parseConfig({ ...raw, ably: { ...raw.ably, apiKey } }));
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });

  test('names the channels to which the key may not publish', async () => {
    await using database = await postgres.createDatabase();
    const routes = [
      ...chatRoutes,
      { tablename: 'chat_data', operation: 'INSERT', ablychannelname: 'audit' },
      { tablename: 'chat_data', operation: 'INSERT', ablychannelname: 'elsewhere' },
    ];
    const capability = JSON.stringify({ 'incoming-chat': ['publish'], audit: ['subscribe'] });
    const made = await fetch(`${broker.url}/apps`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ keys: [{ capability }] }),
    });
    const { keys } = (await made.json()) as { keys: { keyStr: string }[] };
    const raw = rawConfig(database, broker, routes);
    const ably = { ...raw.ably, apiKey: keys[0]?.keyStr ?? '' };
    const { problems } = await check(parseConfig({ ...raw, ably }));
    expect(problems).toEqual(['audit', 'elsewhere'].map((name) => `the Ably key may not publish to ${name}`));
  });
});

describe('the command line', () => {
  test.each([
    [[], { action: 'run', path: undefined }],
    [['x.json'], { action: 'run', path: 'x.json' }],
    [['--config', 'x.json'], { action: 'run', path: 'x.json' }],
    [['--check', 'x.json'], { action: 'check', path: 'x.json' }],
    [['--setup'], { action: 'setup', path: undefined }],
    [['--help', '--check'], { action: 'help', path: undefined }],
  ])('%j', (args, command) => {
    expect(parseCommandLine(args)).toEqual(command);
  });

  test.each([
    [['a.json', 'b.json'], 'Name one configuration file, not a.json and b.json'],
    [['--config', 'a.json', 'b.json'], 'Name one configuration file, not a.json and b.json'],
    [['--check', '--setup'], 'either --check or --setup'],
    [['--chekc'], /--chekc.*Usage/s],
  ])('%j is refused', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(message);
  });
});
