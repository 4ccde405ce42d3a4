import { Hono } from 'hono';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { deploy } from '../src/deploy/deploy.ts';
import { doctor } from '../src/doctor/doctor.ts';
import { startClouds, type Clouds } from './support/clouds.ts';
import { serve } from './support/serve.ts';

const CAPABILITY = {
  'outgoing-chat': ['presence', 'publish', 'subscribe'],
  'incoming-chat': ['history', 'subscribe'],
};

let clouds: Clouds;
let site: Awaited<ReturnType<typeof serve>>;
let page: { policy: string; capability: object; clock: number; history: number };

beforeEach(async () => {
  clouds = await startClouds();
  await deploy(clouds.world(), { yes: true });
  clouds.forget();
  page = {
    policy: "script-src 'self'; connect-src 'self' wss://*.ably.net",
    capability: CAPABILITY,
    clock: Date.now(),
    history: 200,
  };
  site = await serve(siteWith(() => page));
  Object.assign(clouds.netlify.state.sites[0] ?? {}, { ssl_url: site.url });
});
afterEach(async () => {
  await clouds.close();
  await site.close();
});

/** A deployed page with its functions and Ably's clock, as the doctor sees them from outside. */
function siteWith(state: () => typeof page): Hono {
  const tokenRequest = () => ({
    keyName: 'app.key',
    clientId: 'somebody',
    capability: JSON.stringify(state().capability),
    timestamp: state().clock,
    nonce: 'nonce-nonce-nonce',
    mac: 'mac',
  });
  const config = {
    channels: { outgoing: 'outgoing-chat', incoming: 'incoming-chat' },
    sourceUrl: 'https://example.com',
  };
  return new Hono()
    .get('/', (c) => c.html('<p>chat</p>', 200, { 'content-security-policy': state().policy }))
    .get('/time', (c) => c.json([Date.now()]))
    .get('/.netlify/functions/chat-history', () => Response.json({}, { status: state().history }))
    .post('/.netlify/functions/ably-auth', (c) =>
      c.json({ tokenRequest: tokenRequest(), identity: 'x', config }),
    );
}

async function examine(
  overrides: Record<string, string> = {},
): Promise<{ healthy: boolean; report: string }> {
  const healthy = await doctor(clouds.world(overrides), `${site.url}/time`);
  return { healthy, report: clouds.lines.join('\n') };
}

it('finds nothing wrong after a deployment, and changes nothing', async () => {
  const { healthy, report } = await examine();
  expect(report).not.toMatch(/wrong|warning/);
  expect(healthy).toBe(true);
  expect([...clouds.ably.faults.changes(), ...clouds.netlify.faults.changes()]).toEqual([]);
});

it.each<[string, () => unknown, RegExp]>([
  [
    'a rule that is turned off',
    () => Object.assign(clouds.ably.state.rules[0] ?? {}, { status: 'disabled' }),
    /Ably rule: it is disabled/,
  ],
  ['a rule that is gone', () => clouds.ably.state.rules.splice(0), /Ably rule: there is none/],
  [
    'a key with too many rights',
    () => Object.assign(clouds.ably.state.keys[1] ?? {}, { capability: { '*': ['*'] } }),
    /"connector": missing, or other rights/,
  ],
  [
    'a role for another app',
    () =>
      Object.assign(clouds.aws.stacks.get('serverless-chat-dev')?.outputs ?? {}, {
        AblyExternalId: 'other.app',
      }),
    /Role of Ably: it does not trust acc123\.id1/,
  ],
  ['row changes that wait', () => (clouds.aws.rowsWaiting = 12), /Connector lag: 12 row changes wait/],
  ['a watch that is silent', () => (clouds.aws.rowsWaiting = undefined), /nobody has counted/],
  ['a connector that does not run', () => (clouds.aws.running = 0), /0 of 2 run/],
  ['a page without a policy', () => (page.policy = ''), /Content security policy: the page has none/],
  [
    'a policy that shuts Ably out',
    () => (page.policy = "connect-src 'self'"),
    /keeps the page from calling Ably/,
  ],
  ['a token that may do more', () => (page.capability = { '*': ['*'] }), /Token: it may do {"\*"/],
  ['a clock that is wrong', () => (page.clock -= 180_000), /Clock of the functions: 1[78]\d\.\d s apart/],
  ['a history that fails', () => (page.history = 502), /History: answers 502/],
])('sees %s', async (_what, breakIt, words) => {
  breakIt();
  const { healthy, report } = await examine();
  expect(report).toMatch(words);
  expect(healthy).toBe(false);
});

it('tells the reasons of the last dead letters, and calls it no fault of the system', async () => {
  clouds.aws.deadLetters = {
    count: 2,
    reasons: ['2026-01-01 TargetMissing: no m1', '2026-01-02 TargetMissing: no m2'],
  };
  const { healthy, report } = await examine();
  expect(report).toMatch(/warning Dead letters: 2; of the last: .*no m1 \| .*no m2/);
  expect(healthy).toBe(true);
});

it('says what is missing where nothing was deployed', async () => {
  const { healthy, report } = await examine({ SITE_NAME: 'another-chat', STAGE: 'other' });
  expect(healthy).toBe(false);
  expect(report).toMatch(/the Ably app and the stack on AWS and the site at Netlify cannot be found/);
});
