import { afterEach, beforeEach, expect, it } from 'vitest';
import { deploy } from '../src/deploy/deploy.ts';
import { destroy } from '../src/deploy/destroy.ts';
import { startClouds, type Clouds } from './support/clouds.ts';

let clouds: Clouds;

beforeEach(async () => {
  clouds = await startClouds('production');
  await deploy(clouds.world(), { yes: true });
  clouds.forget();
});
afterEach(() => clouds.close());

const remaining = () => ({
  apps: clouds.ably.state.apps.length,
  sites: clouds.netlify.state.sites.length,
  stacks: [...clouds.aws.stacks.keys()],
  key: clouds.aws.secrets.has('serverless-chat-production/connector-ably-key'),
});

it('removes nothing unless the name of the stage is typed', async () => {
  const before = remaining();
  clouds.answers.push('yes');
  expect(await destroy(clouds.world())).toBe(false);
  expect(remaining()).toEqual(before);
});

it('removes everything, protected or not, and lists what stays', async () => {
  clouds.answers.push('production');
  expect(await destroy(clouds.world())).toBe(true);
  expect(remaining()).toEqual({ apps: 0, sites: 0, stacks: ['CDKToolkit'], key: false });
  expect(clouds.aws.protected).toBe(false);
  const told = clouds.lines.join('\n');
  expect(told).toMatch(/snapshot database-1-final/);
  expect(told).toMatch(/automated backups .* within 7 days/);
  expect(told).toMatch(/the stack CDKToolkit/);
});

it.each([
  [
    'the site',
    () => clouds.netlify.faults.next({ method: 'DELETE', path: /sites/, status: 404, afterDoing: true }),
  ],
  ['the stack', () => clouds.aws.failing.set('destroy', 'DELETE_FAILED')],
  ['the app', () => clouds.ably.faults.next({ method: 'DELETE', path: /apps/, status: 403 })],
])('goes on where it was stopped (%s)', async (_name, fail) => {
  fail();
  await destroy(clouds.world(), { confirmed: 'production' }).catch(() => undefined);
  await destroy(clouds.world(), { confirmed: 'production' });
  expect(remaining()).toEqual({ apps: 0, sites: 0, stacks: ['CDKToolkit'], key: false });
});

it('has nothing to do the second time', async () => {
  await destroy(clouds.world(), { confirmed: 'production' });
  clouds.forget();
  expect(await destroy(clouds.world())).toBe(true);
  expect(clouds.lines).toEqual(['Nothing of the stage production is there.']);
});

it('can be deployed again', async () => {
  await destroy(clouds.world(), { confirmed: 'production' });
  await deploy(clouds.world(), { yes: true });
  expect(remaining()).toMatchObject({ apps: 1, sites: 1, key: true });
});
