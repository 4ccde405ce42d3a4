import { InvalidInput } from '@chat/contract';
import { expect, test } from 'vitest';
import { databaseEnvironments } from '../src/database-environment.ts';
import { readEnvironment } from '../src/env.ts';

test('readEnvironment: has a default for every setting', () => {
  const environment = readEnvironment({});
  expect(environment).toMatchObject({
    PORT: 3000,
    ABLY_PLAN: 'free',
    ABLY_RULE_LOSS: 0,
    OUTGOING_CHANNEL: 'outgoing-chat',
    INCOMING_CHANNEL: 'incoming-chat',
  });
  expect(environment.LOCAL_DATA_DIR).toMatch(/\/\.local$/);
});

test('readEnvironment: treats an empty value as not set', () => {
  expect(readEnvironment({ PORT: '', ABLY_API_KEY: '' })).toEqual(readEnvironment({}));
});

test('readEnvironment: reports every problem at once, by name and without the value', () => {
  try {
    readEnvironment({
      PORT: 'x1',
      DATABASE_URL: 'mysql://me:hunter2@h/d',
      ABLY_API_KEY: 'hunter2',
      ABLY_TLS: 'maybe',
      ABLY_PLAN: 'gold',
      ABLY_RULE_LOSS: '10%',
    });
    expect.unreachable();
  } catch (error) {
    const { problems } = error as InvalidInput;
    expect(error).toBeInstanceOf(InvalidInput);
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'PORT',
      'DATABASE_URL',
      'ABLY_API_KEY',
      'ABLY_TLS',
      'ABLY_PLAN',
      'ABLY_RULE_LOSS',
    ]);
    expect(problems.join()).not.toContain('hunter2');
  }
});

test('readEnvironment: reports an Ably address without a key, together with other problems', () => {
  expect(() => readEnvironment({ ABLY_PORT: '1', PORT: 'x' })).toThrow(
    /PORT: must be.*ABLY_PORT: has no effect/,
  );
  expect(() => readEnvironment({ ABLY_ENDPOINT: '127.0.0.1' })).toThrow(
    'ABLY_ENDPOINT: has no effect without ABLY_API_KEY',
  );
});

test('databaseEnvironments: translates an address for function and connector, with TLS unless it is local', () => {
  const remote = databaseEnvironments('postgres://me%40work:p%2Fw@db.example:6543/chat');
  expect(remote.lambda).toEqual({
    PGHOST: 'db.example',
    PGPORT: '6543',
    PGUSER: 'me@work',
    PGPASSWORD: 'p/w',
    PGDATABASE: 'chat',
    PGSSLMODE: 'verify-full',
  });
  expect(remote.connector).toMatchObject({ DB_HOST: 'db.example', DB_PASSWORD: 'p/w', DB_SSL: 'true' });
  const far = databaseEnvironments('postgres://me@[FD00:0::7]:6543/chat');
  expect(far.lambda).toMatchObject({ PGHOST: 'fd00::7', PGPORT: '6543', PGSSLMODE: 'verify-full' });
  expect(far.connector).toMatchObject({ DB_HOST: 'fd00::7', DB_SSL: 'true' });
  for (const address of ['postgres://me@[::1]/chat', 'postgresql://me@%2Fvar%2Frun/chat']) {
    const near = databaseEnvironments(address);
    expect(near.lambda).toMatchObject({ PGSSLMODE: 'disable' });
    expect(['::1', '/var/run']).toContain(near.connector.DB_HOST);
  }
  const here = databaseEnvironments('postgres://me@127.0.0.1/chat');
  expect(here.lambda).toMatchObject({ PGPORT: '5432', PGSSLMODE: 'disable' });
  expect(here.connector).toMatchObject({ DB_SSL: 'false' });
});
