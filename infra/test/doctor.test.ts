import { Hono } from 'hono';
import { describe, expect } from 'vitest';
import { deploy } from '../src/deploy/deploy.ts';
import { doctor } from '../src/doctor/doctor.ts';
import { test as base } from './support/clouds-test.ts';
import type { FakeClouds } from './support/fake-clouds.ts';
import { serve } from './support/serve.ts';

interface PageState {
  policy: string;
  capability: object;
  /** In ms since the epoch. */
  clock: number;
  /** Status of chat-changes. */
  changes: number;
  /** Status of chat-history. */
  history: number;
  /** Status of chat-timeline. */
  timeline: number;
}

/** A healthy deployment: `fakes` are its clouds, `page` its site, and `run` calls the doctor. */
const test = base
  .extend('page', (): PageState => ({
    policy: "script-src 'self'; connect-src 'self' wss://*.ably.net",
    capability: {
      'outgoing-chat': ['publish'],
      'incoming-chat': ['history', 'presence', 'subscribe'],
    },
    clock: Date.now(),
    changes: 200,
    history: 200,
    timeline: 200,
  }))
  .extend('siteUrl', async ({ page }, { onCleanup }) => {
    const site = await serve(createSite(page));
    onCleanup(() => site.close());
    return site.url;
  })
  .extend('run', async ({ fakes, siteUrl }) => {
    await deploy(fakes.clouds(), { yes: true });
    fakes.clearRecords();
    Object.assign(fakes.netlify.state.sites[0] ?? {}, { ssl_url: siteUrl });
    return async (overrides: Record<string, string> = {}) => {
      const healthy = await doctor(fakes.clouds(overrides), `${siteUrl}/time`);
      return { healthy, report: fakes.lines.join('\n') };
    };
  });

/** A page with its functions, and Ably's time. */
function createSite(page: PageState): Hono {
  const tokenRequest = () => ({
    keyName: 'app.key',
    clientId: 'client',
    capability: JSON.stringify(page.capability),
    timestamp: page.clock,
    nonce: 'nonce-nonce-nonce',
    mac: 'mac',
  });
  const config = {
    channels: { outgoing: 'outgoing-chat', incoming: 'incoming-chat' },
    sourceUrl: 'https://example.com',
  };
  return new Hono()
    .get('/', (c) => c.html('<p>chat</p>', 200, { 'content-security-policy': page.policy }))
    .get('/time', (c) => c.json([Date.now()]))
    .get('/.netlify/functions/chat-history', () => Response.json({}, { status: page.history }))
    .get('/.netlify/functions/chat-changes', () => Response.json({}, { status: page.changes }))
    .get('/.netlify/functions/chat-timeline', () => Response.json({}, { status: page.timeline }))
    .post('/.netlify/functions/ably-auth', (c) =>
      c.json({ tokenRequest: tokenRequest(), identity: 'x', config }),
    );
}

describe('the doctor', () => {
  test('finds nothing wrong after a deployment, and changes nothing', async ({ run, fakes }) => {
    const { healthy, report } = await run();
    expect(report).not.toMatch(/wrong|warning/);
    expect(healthy).toBe(true);
    expect([...fakes.ably.faults.changes(), ...fakes.netlify.faults.changes()]).toEqual([]);
  });

  test.for<[string, (fakes: FakeClouds, page: PageState) => void, RegExp]>([
    [
      'a disabled rule',
      ({ ably }) => void Object.assign(ably.state.rules[0] ?? {}, { status: 'disabled' }),
      /Ably rule: disabled/,
    ],
    [
      'an expired token',
      ({ ably }) => void (ably.state.expiresAt = '2020-02-03T00:00:00Z'),
      /Ably token: expired on 2020-02-03\n.*Rotate it/,
    ],
    ['a missing rule', ({ ably }) => void ably.state.rules.splice(0), /Ably rule: missing/],
    [
      'a key with too large a capability',
      ({ ably }) => void Object.assign(ably.state.keys[1] ?? {}, { capability: { '*': ['*'] } }),
      /"connector": missing, or with another capability/,
    ],
    [
      'a role for another app',
      ({ aws }) => {
        const outputs = aws.stacks.get('serverless-chat-dev')?.outputs ?? {};
        outputs['AblyExternalId'] = 'other.app';
      },
      /Ably’s role: does not trust acc123\.id1/,
    ],
    ['row changes that wait', ({ aws }) => void (aws.rowsWaiting = 12), /Connector lag: 12 row changes wait/],
    ['a missing metric', ({ aws }) => void (aws.rowsWaiting = undefined), /not measured for ten minutes/],
    ['a connector without tasks', ({ aws }) => void (aws.running = 0), /0 of 2 run/],
    [
      'a page without a policy',
      (_fakes, page) => void (page.policy = ''),
      /Content security policy: missing/,
    ],
    [
      'a policy that blocks Ably',
      (_fakes, page) => void (page.policy = "connect-src 'self'"),
      /blocks connections to Ably/,
    ],
    [
      'a token with too large a capability',
      (_fakes, page) => void (page.capability = { '*': ['*'] }),
      /Token: has the capability {"\*"/,
    ],
    [
      'a wrong clock',
      (_fakes, page) => void (page.clock -= 180_000),
      /Clock of the functions: 1[78]\d\.\d s apart/,
    ],
    ['a failing history', (_fakes, page) => void (page.history = 502), /History: .*history.* answers 502/],
    ['a failing past', (_fakes, page) => void (page.timeline = 502), /History: .*timeline answers 502/],
    ['a failing feed', (_fakes, page) => void (page.changes = 502), /History: .*changes answers 502/],
  ])('reports %s', async ([, breakSystem, finding], { run, fakes, page }) => {
    breakSystem(fakes, page);
    const { healthy, report } = await run();
    expect(report).toMatch(finding);
    expect(healthy).toBe(false);
  });

  test('warns of dead letters with their latest reasons', async ({ run, fakes }) => {
    const letter = (timestamp: string, errorMessage: string) =>
      JSON.stringify({ timestamp, responsePayload: { errorType: 'TargetMissing', errorMessage } });
    fakes.aws.deadLetters.push(letter('2026-01-01', 'no m1'), letter('2026-01-02', 'no m2'));
    const { healthy, report } = await run();
    expect(report).toMatch(/warning Dead letters: 2; the latest: .*no m1 \| .*no m2/);
    expect(healthy).toBe(true);
  });

  test('warns before the Ably token expires', async ({ run, fakes }) => {
    fakes.ably.state.expiresAt = new Date(Date.now() + 3 * 86_400_000).toISOString();
    const { healthy, report } = await run();
    expect(report).toMatch(/warning Ably token: expires on .*, in [23] days?\n.*Rotate it/);
    expect(healthy).toBe(true);
  });

  test('lists what is missing where nothing is deployed', async ({ run, fakes }) => {
    fakes.aws.granted.push({ action: 'cloudformation:DescribeStacks', resource: '*' });
    const { healthy, report } = await run({ SITE_NAME: 'another-chat', STAGE: 'other' });
    expect(healthy).toBe(false);
    expect(report).toMatch(/the Ably app and the AWS stack and the Netlify site cannot be found/);
  });
});
