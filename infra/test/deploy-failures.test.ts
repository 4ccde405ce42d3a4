import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deploy } from '../src/deploy/deploy.ts';
import { startClouds, type Clouds } from './support/clouds.ts';

let clouds: Clouds;

beforeEach(async () => {
  clouds = await startClouds();
});
afterEach(() => clouds.close());

const YES = { yes: true };

describe('a step that fails', () => {
  const AT_ABLY = [
    ['app', 'POST', /\/apps$/],
    ['keys', 'POST', /\/keys$/],
    ['rule', 'POST', /\/rules$/],
  ] as const;

  it.each(AT_ABLY)(
    'at Ably (%s) is told, and the next run goes on from there',
    async (_name, method, path) => {
      clouds.ably.faults.next({ method, path, status: 500 });
      await expect(deploy(clouds.world(), YES)).rejects.toThrow(/Ably .* failed: Ably answered 500/);
      await deploy(clouds.world(), YES);
      expectWhole();
    },
  );

  it.each(AT_ABLY)(
    'at Ably (%s) after it was done, its answer lost, makes nothing twice',
    async (_name, method, path) => {
      clouds.ably.faults.next({ method, path, status: 503, afterDoing: true });
      await expect(deploy(clouds.world(), YES)).rejects.toThrow(/503/);
      await deploy(clouds.world(), YES);
      expectWhole();
    },
  );

  it.each([
    ['bootstrap', 'CDK bootstrap'],
    ['deploy', 'AWS stack'],
  ])('of the CDK (%s) is told in its words, and the next run goes on', async (command, step) => {
    clouds.aws.failing.set(command, 'CREATE_FAILED: the migration stopped at 0004');
    const failure = deploy(clouds.world(), YES);
    await expect(failure).rejects.toThrow(new RegExp(`${step} failed.*`));
    await expect(failure).rejects.toThrow(/the migration stopped at 0004/);
    expect(clouds.ably.state.rules).toEqual([]);
    await deploy(clouds.world(), YES);
    expectWhole();
  });

  it.each([
    ['site', 'POST', /\/sites$/],
    ['variables', 'POST', /\/env$/],
  ] as const)('at Netlify (%s), and the next run goes on', async (_name, method, path) => {
    clouds.netlify.faults.next({ method, path, status: 500, afterDoing: true });
    await expect(deploy(clouds.world(), YES)).rejects.toThrow(/Netlify answered 500/);
    await deploy(clouds.world(), YES);
    expectWhole();
  });

  it('half way through the variables writes the secrets again', async () => {
    await deploy(clouds.world(), YES);
    clouds.aws.secrets.set('arn:history', 'n'.repeat(48));
    clouds.netlify.faults.next({ method: 'PUT', path: /HISTORY_SECRET$/, status: 422 });
    await expect(deploy(clouds.world(), YES)).rejects.toThrow(/422/);
    await deploy(clouds.world(), YES);
    expect(clouds.netlify.state.variables.get('HISTORY_SECRET')?.values[0]?.value).toBe('n'.repeat(48));
  });

  it('in the smoke test names the hop; the next run deploys and tests again', async () => {
    clouds.smoke.failure = 'the INSERT of smoke-1 has not arrived within 30 s';
    await expect(deploy(clouds.world(), YES)).rejects.toThrow(/Smoke test failed: the INSERT of smoke-1/);
    await deploy(clouds.world(), YES);
    expectWhole();
  });

  it('waits as long as a service asks, and goes on', async () => {
    clouds.ably.faults.next({
      method: 'POST',
      path: /\/keys$/,
      status: 429,
      headers: { 'retry-after': '7' },
    });
    const reset = String(Math.floor(Date.now() / 1_000) + 20);
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    clouds.netlify.faults.next({ method: 'POST', path: /\/sites$/, status: 429, headers });
    await deploy(clouds.world(), YES);
    expectWhole();
    expect(clouds.waits[0]).toBe(7_000);
    expect(clouds.waits[1]).toBeGreaterThan(15_000);
  });

  function expectWhole(): void {
    const { apps, keys, rules } = clouds.ably.state;
    const count = {
      apps: apps.length,
      keys: keys.length,
      rules: rules.length,
      sites: clouds.netlify.state.sites.length,
    };
    expect(count).toEqual({ apps: 1, keys: 2, rules: 1, sites: 1 });
    expect(clouds.netlify.state.variables.size).toBe(7);
    expect(clouds.smoke.sites.length).toBeGreaterThan(0);
  }
});

it('says that a name is taken when somebody else took it a moment ago', async () => {
  const errors = { subdomain: ['must be unique'] };
  clouds.netlify.faults.next({ method: 'POST', path: /sites$/, status: 422, body: { errors } });
  await expect(deploy(clouds.world(), YES)).rejects.toThrow(/Set SITE_NAME to another/);
});
