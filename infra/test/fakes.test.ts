import { describe, expect } from 'vitest';
import { test as base } from './support/clouds-test.ts';
import { ABLY_TOKEN } from './support/fake-ably.ts';
import { addSite, NETLIFY_TOKEN } from './support/fake-netlify.ts';

/** The fakes must reject what the vendors reject, or a wrong request passes every test. */
const test = base.extend('send', ({ fakes }) => {
  const { ably, netlify } = fakes;
  addSite(netlify.state, 'my-chat');
  const other = { id: 'team2', slug: 'other', name: 'Other' };
  netlify.state.teams.push(other);
  addSite(netlify.state, 'foreign-chat', other);
  return async (cloud: 'ably' | 'netlify', call: string, body?: unknown) => {
    const [method = '', path = ''] = call.split(' ');
    const [{ url }, token] = cloud === 'ably' ? [ably, ABLY_TOKEN] : [netlify, NETLIFY_TOKEN];
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return `${response.status} ${await response.text()}`;
  };
});

const KEY = { name: 'a key', capability: { room: ['publish'] } };
const authentication = {
  authenticationMode: 'assumeRole',
  assumeRoleArn: 'arn:aws:iam::111122223333:role/r',
};
const target = { region: 'eu-central-1', functionName: 'f', enveloped: true, authentication };
const source = { channelFilter: '^room$', type: 'channel.message' };
const RULE = { ruleType: 'aws/lambda', requestMode: 'single', status: 'enabled', source, target };

describe('the fake of Ably', () => {
  const appTest = test.extend('app', async ({ send }) => {
    await send('ably', 'POST /accounts/acc123/apps', { name: 'chat' });
    await send('ably', 'POST /apps/id1/keys', KEY);
    await send('ably', 'POST /apps/id1/rules', RULE);
    return '/apps/id1';
  });

  appTest.for<[string, string, unknown, RegExp]>([
    ['a key without a name', 'POST /keys', { ...KEY, name: undefined }, /422 .*name/],
    ['a key without a capability', 'POST /keys', { name: 'a key' }, /422 .*capability/],
    ['an unknown operation', 'POST /keys', { ...KEY, capability: { room: ['shout'] } }, /422 .*shout/],
    ['an unknown field of a key', 'PATCH /keys/id2', { secret: 'x' }, /422 .*secret/],
    ['a key’s status, which only revoking changes', 'PATCH /keys/id2', { status: 1 }, /422 .*status/],
    ['an unknown field of an app', 'PATCH ', { tls: true }, /422 .*tls/],
    ['a rule without a type', 'PATCH /rules/id3', { status: 'disabled' }, /422 .*ruleType/],
    ['a rule without a source', 'POST /rules', { ...RULE, source: undefined }, /422 .*source/],
    [
      'a rule without a region',
      'POST /rules',
      { ...RULE, target: { ...target, region: '' } },
      /422 .*region/,
    ],
    ['a format for a function', 'POST /rules', { ...RULE, target: { ...target, format: 'json' } }, /format/],
    ['a body without need', 'DELETE /rules/id3', { force: true }, /422/],
    ['an unknown query', 'GET /keys?limit=10', undefined, /400 .*limit/],
  ])('rejects %s', async ([, call, body, problem], { send, app }) => {
    const before = await send('ably', `GET ${app}/keys`);
    expect(await send('ably', call.replace(' ', ` ${app}`), body)).toMatch(problem);
    expect(await send('ably', `GET ${app}/keys`)).toBe(before);
  });

  test('rejects another account’s number', async ({ send }) => {
    expect(await send('ably', 'GET /accounts/other/apps')).toMatch(/^404/);
  });
});

describe('the fake of Netlify', () => {
  const MINE = '/accounts/team1/env?site_id=site-my-chat';
  const plain = { key: 'NAME', is_secret: false, values: [{ context: 'all', value: 'v' }] };
  const scopes = ['builds', 'functions', 'runtime'];
  const secret = { key: 'KEY', is_secret: true, scopes, values: [{ context: 'production', value: 'v' }] };

  test('accepts variables and secrets of a site, and returns no secret', async ({ send }) => {
    expect(await send('netlify', `POST ${MINE}`, [plain, secret])).toMatch(/^201/);
    const all = await send('netlify', `GET ${MINE}`);
    expect(all).toContain('"value":"v"');
    expect(all.match(/"value":"\*+"/g)).toHaveLength(1);
    expect(await send('netlify', `GET ${MINE.replace('team1', 'my-team')}`)).toBe(all);
  });

  test.for<[string, string, unknown, RegExp]>([
    ['a variable of the whole team', '/accounts/team1/env', [plain], /400 .*site_id/],
    ['an unknown team', MINE.replace('team1', 'team9'), [plain], /^404/],
    ['a site of another team', MINE.replace('my-chat', 'foreign-chat'), [plain], /^404/],
    ['a variable that is no list', MINE, plain, /422 .*Array/],
    ['an unknown context', MINE, [{ ...plain, values: [{ context: 'prod', value: 'v' }] }], /422/],
    ['a branch without its name', MINE, [{ ...plain, values: [{ context: 'branch', value: 'v' }] }], /422/],
    [
      'two values of a context',
      MINE,
      [{ ...plain, values: [...plain.values, ...plain.values] }],
      /one value/,
    ],
    ['a secret for every context', MINE, [{ ...secret, values: plain.values }], /422 .*development/],
    ['a secret for post-processing', MINE, [{ ...secret, scopes: [...scopes, 'post-processing'] }], /422/],
    ['granular scopes', MINE, [{ ...plain, scopes: ['functions'] }], /422 .*free plan/],
    ['an unknown field', MINE, [{ ...plain, secret: true }], /422 .*secret/],
  ])('rejects %s', async ([, path, body, problem], { send }) => {
    expect(await send('netlify', `POST ${path}`, body)).toMatch(problem);
    expect(await send('netlify', `GET ${MINE}`)).toBe('200 []');
  });

  test('rejects a name that has a site, and a team that does not exist', async ({ send }) => {
    expect(await send('netlify', 'POST /my-team/sites', { name: 'my-chat' })).toMatch(/422 .*must be unique/);
    expect(await send('netlify', 'POST /no-team/sites', { name: 'new-chat' })).toMatch(/^404/);
    expect(await send('netlify', 'POST /my-team/sites', { name: 'my_chat' })).toMatch(/^422/);
  });
});
