import { describe, expect } from 'vitest';
import { deploy } from '../src/deploy/deploy.ts';
import { test } from './support/clouds-test.ts';
import type { FakeClouds } from './support/fake-clouds.ts';
import { HISTORY_SECRET } from './support/fake-programs.ts';

const YES = { yes: true };

/** Nothing is missing, and nothing exists twice. */
function expectCompleteDeployment({ ably, netlify, smoke }: FakeClouds): void {
  const { apps, keys, rules } = ably.state;
  const count = {
    apps: apps.length,
    keys: keys.length,
    rules: rules.length,
    sites: netlify.state.sites.length,
  };
  expect(count).toEqual({ apps: 1, keys: 2, rules: 1, sites: 1 });
  expect(netlify.variables().size).toBe(8);
  expect(smoke.sites.length).toBeGreaterThan(0);
}

describe('a failed deployment', () => {
  const ABLY_CALLS = [
    ['app', 'POST', /\/apps$/],
    ['keys', 'POST', /\/keys$/],
    ['rule', 'POST', /\/rules$/],
  ] as const;

  test.for(ABLY_CALLS)('names the step at Ably (%s) and resumes', async ([, method, path], { fakes }) => {
    fakes.ably.faults.next({ method, path, status: 500 });
    await expect(deploy(fakes.clouds(), YES)).rejects.toThrow(/Ably .* failed: Ably answered 500/);
    await deploy(fakes.clouds(), YES);
    expectCompleteDeployment(fakes);
  });

  test.for(ABLY_CALLS)(
    'creates nothing twice after the response of Ably (%s) was lost',
    async ([, method, path], { fakes }) => {
      fakes.ably.faults.next({ method, path, status: 503, afterDoing: true });
      await expect(deploy(fakes.clouds(), YES)).rejects.toThrow(/503/);
      await deploy(fakes.clouds(), YES);
      expectCompleteDeployment(fakes);
    },
  );

  test.for([
    ['cdk bootstrap', 'CDK bootstrap'],
    ['cdk deploy', 'AWS stack'],
    ['netlify deploy', 'Netlify deploy'],
  ] as const)('quotes the output of %s and resumes', async ([command, step], { fakes }) => {
    fakes.aws.failing.set(command, 'CREATE_FAILED: the migration stopped at 0002');
    const failure = deploy(fakes.clouds(), YES);
    await expect(failure).rejects.toThrow(new RegExp(`${step} failed.*`));
    await expect(failure).rejects.toThrow(/the migration stopped at 0002/);
    expect(fakes.smoke.sites).toEqual([]);
    await deploy(fakes.clouds(), YES);
    expectCompleteDeployment(fakes);
  });

  test.for([
    ['site', 'POST', /\/sites$/],
    ['variables', 'POST', /\/env$/],
  ] as const)(
    'creates nothing twice after the response of Netlify (%s) was lost',
    async ([, method, path], { fakes }) => {
      fakes.netlify.faults.next({ method, path, status: 500, afterDoing: true });
      await expect(deploy(fakes.clouds(), YES)).rejects.toThrow(/Netlify answered 500/);
      await deploy(fakes.clouds(), YES);
      expectCompleteDeployment(fakes);
    },
  );

  test('writes all secrets again after an interruption between the variables', async ({ fakes }) => {
    await deploy(fakes.clouds(), YES);
    fakes.aws.secrets.set(HISTORY_SECRET, 'n'.repeat(48));
    fakes.netlify.faults.next({ method: 'PUT', path: /HISTORY_SECRET$/, status: 422 });
    await expect(deploy(fakes.clouds(), YES)).rejects.toThrow(/422/);
    await deploy(fakes.clouds(), YES);
    expect(fakes.netlify.variables().get('HISTORY_SECRET')?.values[0]?.value).toBe('n'.repeat(48));
  });

  test('names the hop of the smoke test and tests again', async ({ fakes }) => {
    fakes.smoke.failure = 'the INSERT of smoke-1 has not arrived within 30 s';
    await expect(deploy(fakes.clouds(), YES)).rejects.toThrow(/Smoke test failed: the INSERT of smoke-1/);
    await deploy(fakes.clouds(), YES);
    expectCompleteDeployment(fakes);
  });

  test('names SITE_NAME when another customer has just registered the name', async ({ fakes }) => {
    const errors = { subdomain: ['must be unique'] };
    fakes.netlify.faults.next({ method: 'POST', path: /sites$/, status: 422, body: { errors } });
    await expect(deploy(fakes.clouds(), YES)).rejects.toThrow(/Set SITE_NAME to another/);
  });
});

test('deploy waits as long as a rate limit demands, then continues', async ({ fakes }) => {
  const headers = { 'retry-after': '7' };
  fakes.ably.faults.next({ method: 'POST', path: /\/keys$/, status: 429, headers });
  const reset = String(Math.floor(Date.now() / 1_000) + 20);
  const limits = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
  fakes.netlify.faults.next({ method: 'POST', path: /\/sites$/, status: 429, headers: limits });
  await deploy(fakes.clouds(), YES);
  expectCompleteDeployment(fakes);
  expect(fakes.waits[0]).toBe(7_000);
  expect(fakes.waits[1]).toBeGreaterThan(15_000);
});
