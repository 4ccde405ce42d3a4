import { startBroker } from '@chat/broker';
import { describe, expect } from 'vitest';
import { parseCommandLine } from '../src/command-line.ts';
import { parseConfig } from '../src/config/config.ts';
import { check } from '../src/setup/check.ts';
import { spawnConfigured, spawnConnector } from './support/child.ts';
import { chatRoutes, KEY, rawConfig, setUpTriggers } from './support/connector.ts';
import { test as base } from './support/fixtures.ts';

const test = base
  .extend('broker', { scope: 'file' }, async ({}, { onCleanup }) => {
    const broker = await startBroker({ keys: [KEY] });
    onCleanup(() => broker.close());
    return broker;
  })
  /** Publishes to the broker, which checks keys, instead of the stub. */
  .extend('brokerConfig', ({ database, broker }) => rawConfig(database, broker));

test.beforeAll(({ postgres }) => void postgres);

describe('connector --check', () => {
  test('lists what a start would change, and changes nothing', async ({ database, brokerConfig }) => {
    await database.query('create table users (id int)');
    const users = { tablename: 'users', operation: 'INSERT', ablychannelname: 'users' };
    await setUpTriggers({ ...brokerConfig, connector: [users] });
    await using connector = await spawnConfigured(brokerConfig, '--check');
    expect(await connector.exit).toBe(0);
    expect(connector.output().split('\n')).toEqual([
      expect.stringMatching(/^ok {5}the database 127.0.0.1:\d+\/\w+ answers: PostgreSQL \d+/),
      expect.stringMatching(/^ok {5}role \w+ has every right that it needs$/),
      'ok     a claim finds what is inserted into the outbox',
      'ok     Ably answers and accepts the key',
      'change create trigger outbox_capture_insert on chat_data',
      'change create trigger outbox_capture_update on chat_data',
      'change create trigger outbox_note_key_change on chat_data',
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
    expect(await database.query('select tablename from ablycontroltable')).toEqual([{ tablename: 'users' }]);
    expect(connector.output()).not.toContain(database.dbConfig.password);
  });

  test('reports all problems at once, and exits with 1', async ({ postgres }) => {
    await using database = await postgres.createDatabase({ empty: true });
    await using connector = await spawnConfigured(rawConfig(database, { port: 1 }), '--check');
    expect(await connector.exit).toBe(1);
    expect(connector.output()).toMatch(/^WRONG {2}The database lacks table outbox.*npm run migrate/m);
    expect(connector.output()).toMatch(/^WRONG {2}Ably does not answer or rejects the key: .*ECONNREFUSED/m);
  });

  test('names a database that does not answer', async ({ brokerConfig }) => {
    const dbConfig = { ...brokerConfig.dbConfig, port: 1 };
    const { problems } = await check(parseConfig({ ...brokerConfig, dbConfig }));
    expect(problems).toEqual([
      expect.stringMatching(/^the database 127.0.0.1:1\/\w+ does not answer: .*ECONNREFUSED/),
    ]);
  });

  test.for([
    ['an unknown key', 'app.unknown:secret'],
    ['a wrong secret', 'app.key:wrong'],
  ])('reports %s', async ([, apiKey = ''], { brokerConfig }) => {
    const { problems } = await check(
      parseConfig({ ...brokerConfig, ably: { ...brokerConfig.ably, apiKey } }),
    );
    expect(problems).toEqual([expect.stringMatching(/^Ably does not answer or rejects the key: .*40/)]);
  });

  test('names the channels to which the key may not publish', async ({ broker, brokerConfig }) => {
    const routes = [
      ...chatRoutes,
      { tablename: 'chat_data', operation: 'INSERT', ablychannelname: 'audit' },
      { tablename: 'chat_data', operation: 'INSERT', ablychannelname: 'elsewhere' },
    ];
    const capability = JSON.stringify({ 'incoming-chat': ['publish'], audit: ['subscribe'] });
    const created = await fetch(`${broker.url}/apps`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ keys: [{ capability }] }),
    });
    const { keys } = (await created.json()) as { keys: { keyStr: string }[] };
    const ably = { ...brokerConfig.ably, apiKey: keys[0]?.keyStr ?? '' };
    const { problems } = await check(parseConfig({ ...brokerConfig, connector: routes, ably }));
    expect(problems).toEqual(['audit', 'elsewhere'].map((name) => `the Ably key may not publish to ${name}`));
  });
});

describe('connector command line: parses', () => {
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
});

describe('connector command line: rejects', () => {
  test.each([
    [['a.json', 'b.json'], 'Name one configuration file, not a.json and b.json'],
    [['--config', 'a.json', 'b.json'], 'Name one configuration file, not a.json and b.json'],
    [['--check', '--setup'], 'either --check or --setup'],
    [['--chekc'], /--chekc.*Usage/s],
  ])('%j', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(message);
  });
});

test('connector --help: prints usage and settings without any configuration', async () => {
  await using connector = spawnConnector(['--help']);
  expect(await connector.exit).toBe(0);
  expect(connector.output()).toMatch(/^Usage: connector .*^- `DB_HOST`, `dbConfig.host` \(required\): /ms);
});
