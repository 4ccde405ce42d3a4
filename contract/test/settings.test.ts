import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { describeIssues } from '../src/index.ts';
import {
  ABLY_API_KEY,
  ablyApiKey,
  ablyEndpoint,
  channelName,
  databaseUrl,
  flag,
  listenHost,
  listenPort,
  namesOf,
  pickEnv,
  settings,
  singleChannelName,
  targetHost,
  targetPort,
  webAddress,
  wholeNumber,
} from '../src/settings.ts';

function problemsOf(schema: v.GenericSchema, value: unknown): string[] {
  const { issues = [] } = v.safeParse(schema, value);
  return describeIssues(issues);
}

describe('settings kit: accepts', () => {
  test.each([
    ['a port as text', targetPort, '5432', 5432],
    ['a port as a number', targetPort, 65_535, 65_535],
    ['port 0 of a server of ours', listenPort, '0', 0],
    ['a flag as text', flag, 'false', false],
    ['a flag as a boolean', flag, true, true],
    ['a number at its bound', wholeNumber(1, 35), '35', 35],
    ['a namespaced channel', channelName, 'room:*', 'room:*'],
    ['a web address', webAddress, 'https://chat.example/x', 'https://chat.example/x'],
    ['a database address', databaseUrl, 'postgresql://u@h/d?sslmode=disable', undefined],
    ['a token as password, as RDS issues', databaseUrl, `postgres://u:${'t'.repeat(2_000)}@h/d`, undefined],
    ['an IPv6 server of Ably’s protocol, for URLs', ablyEndpoint, 'fd00::7', '[fd00::7]'],
    ['the same with brackets', ablyEndpoint, '[fd00::7]', '[fd00::7]'],
    ['a routing name', ablyEndpoint, 'nonprod:sandbox', 'nonprod:sandbox'],
    ['an IPv6 address to listen on', listenHost, '[::]', '::'],
    ['an IPv6 server', targetHost, '[fd00::7]', 'fd00::7'],
    ['an Ably key', ablyApiKey, 'app-1.key_2:s-e_c/r=et', undefined],
  ])('%s', (_, schema, value, decoded = value) => {
    expect(v.parse(schema as v.GenericSchema, value)).toBe(decoded);
  });
});

describe('settings kit: rejects', () => {
  test.each([
    ['port 0 of another server', targetPort, '0', 'must be a port number'],
    ['a port over 65535', listenPort, '65536', 'must be a port number'],
    ['half a port', listenPort, 1.5, 'must be a port number'],
    ['a port with a sign', listenPort, '+80', 'must be a port number'],
    ['another word for a flag', flag, 'yes', 'must be true or false'],
    ['a number over its bound', wholeNumber(1, 35), '36', 'must be a whole number from 1 to 35'],
    ['channel parameters', channelName, '[?rewind=1]chat', 'must be an Ably channel name'],
    ['two channels', channelName, 'a,b', 'must be an Ably channel name'],
    ['a wildcard', singleChannelName, 'room:*', 'must be one channel, without wildcards'],
    ['a relative address', webAddress, 'chat', 'must be an absolute address'],
    ['a script as address', webAddress, 'javascript:alert(1)', 'must begin with http:// or https://'],
    [
      'another database',
      databaseUrl,
      'mysql://x',
      'must be like postgres://user:password@host:5432/database',
    ],
  ])('%s', (_, schema, value, problem) => {
    expect(problemsOf(schema, value)[0]).toBe(problem);
  });

  test.each([
    'app.key',
    'app:secret',
    'a.b.c:secret',
    'app.key:se:cret',
    'app.key:se.cret',
    'app.key:se cret',
  ])('the Ably key %s, as Ably’s client library does', (key) => {
    expect(problemsOf(ablyApiKey, key)).toEqual(['must be an Ably API key, <app>.<key>:<secret>']);
  });
});

test('settings kit: splits an Ably key', () => {
  expect({ ...ABLY_API_KEY.exec('app.key:secret')?.groups }).toEqual({
    app: 'app',
    key: 'key',
    secret: 'secret',
  });
});

test('settings kit: reports a required setting that is absent or empty as not set', () => {
  const fields = { PORT: targetPort, HOST: v.optional(v.string(), 'here') };
  const names = namesOf(fields);
  expect(names).toEqual({ PORT: 'PORT', HOST: 'HOST' });
  const source = { PORT: '', HOST: '', OTHER: 'x' };
  expect(pickEnv(names, source)).toEqual({});
  expect(problemsOf(settings(fields), pickEnv(names, source))).toEqual(['PORT: must be set']);
  expect(v.parse(settings(fields), pickEnv(names, { PORT: '1', OTHER: 'x' }))).toEqual({
    PORT: 1,
    HOST: 'here',
  });
});
