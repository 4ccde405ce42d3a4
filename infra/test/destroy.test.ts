import { beforeEach, describe, expect } from 'vitest';
import { deploy } from '../src/deploy/deploy.ts';
import { destroy } from '../src/deploy/destroy.ts';
import { test } from './support/clouds-test.ts';
import type { FakeClouds } from './support/fake-clouds.ts';

const CONFIRMED = { confirmed: 'production' };
const REMOVED = { apps: 0, sites: 0, stacks: ['CDKToolkit'], key: false };

const remaining = ({ ably, netlify, aws }: FakeClouds) => ({
  apps: ably.state.apps.length,
  sites: netlify.state.sites.length,
  stacks: [...aws.stacks.keys()],
  key: aws.secrets.has('serverless-chat-production/connector-ably-key'),
});

describe('destroy', () => {
  test.override('stage', 'production');

  beforeEach<{ fakes: FakeClouds }>(async ({ fakes }) => {
    await deploy(fakes.clouds(), { yes: true });
    fakes.clearRecords();
  });

  test('removes nothing unless the person types the name of the stage', async ({ fakes }) => {
    const before = remaining(fakes);
    fakes.answers.push('yes');
    expect(await destroy(fakes.clouds())).toBe(false);
    expect(remaining(fakes)).toEqual(before);
  });

  test('removes everything, also what is protected, and lists what remains', async ({ fakes }) => {
    fakes.answers.push('production');
    expect(await destroy(fakes.clouds())).toBe(true);
    expect(remaining(fakes)).toEqual(REMOVED);
    expect(fakes.aws.protected).toBe(false);
    const printed = fakes.lines.join('\n');
    expect(printed).toMatch(
      /snapshot serverless-chat-producti-database-a1b2c3d4e5f6-final, with all messages/,
    );
    expect(printed).toMatch(/automated backups .* within 7 days/);
    expect(printed).toMatch(/log groups .*\/aws\/lambda\/serverless-chat-production/);
    expect(printed).toMatch(/the stack CDKToolkit, .* images .*cdk gc/);
    expect(printed).toMatch(/the logs of CodeBuild/);
    expect(printed).not.toMatch(/key of the alarms|if the database was ever complete/);
  });

  test('lists the snapshot of a cluster, which keeps no automated backups', async ({ fakes }) => {
    await destroy(fakes.clouds({ DATABASE: 'aurora' }), CONFIRMED);
    const printed = fakes.lines.join('\n');
    expect(printed).toMatch(/snapshot \S+-final-cluster, with all messages/);
    expect(printed).not.toMatch(/automated backups/);
  });

  test('lists no logs of CodeBuild where no image was built', async ({ fakes }) => {
    await destroy(fakes.clouds({ CONNECTOR: 'none' }), CONFIRMED);
    expect(fakes.lines.join('\n')).toMatch(/Not removed/);
    expect(fakes.lines.join('\n')).not.toMatch(/CodeBuild/);
  });

  test('names where a snapshot would be, when AWS lists none', async ({ fakes }) => {
    fakes.aws.keepsSnapshot = false;
    await destroy(fakes.clouds(), CONFIRMED);
    expect(fakes.lines.join('\n')).toMatch(/a final snapshot of the database, if .* ever complete/);
  });

  test('lists the key of the alarms’ topic, which outlives the stack', async ({ fakes }) => {
    await destroy(fakes.clouds({ ALARM_EMAIL: 'a@example.com' }), CONFIRMED);
    expect(fakes.lines.join('\n')).toMatch(/key of the alarms’ topic, which AWS deletes within 7 days/);
  });

  test.for<[string, (fakes: FakeClouds) => void]>([
    [
      'the site',
      ({ netlify }) =>
        netlify.faults.next({ method: 'DELETE', path: /sites/, status: 404, afterDoing: true }),
    ],
    ['the stack', ({ aws }) => void aws.failing.set('cdk destroy', 'DELETE_FAILED')],
    ['the app', ({ ably }) => ably.faults.next({ method: 'DELETE', path: /apps/, status: 403 })],
  ])('resumes after a failure at %s', async ([, fail], { fakes }) => {
    fail(fakes);
    await destroy(fakes.clouds(), CONFIRMED).catch(() => undefined);
    await destroy(fakes.clouds(), CONFIRMED);
    expect(remaining(fakes)).toEqual(REMOVED);
  });

  test('does nothing the second time', async ({ fakes }) => {
    await destroy(fakes.clouds(), CONFIRMED);
    fakes.clearRecords();
    expect(await destroy(fakes.clouds())).toBe(true);
    expect(fakes.lines).toEqual(['Nothing to remove: the stage production does not exist.']);
  });

  test('allows the stage to be deployed again', async ({ fakes }) => {
    await destroy(fakes.clouds(), CONFIRMED);
    await deploy(fakes.clouds(), { yes: true });
    expect(remaining(fakes)).toMatchObject({ apps: 1, sites: 1, key: true });
  });
});
