import { describe, expect, test, vi } from 'vitest';
import { childEnvironment } from '../src/env.ts';
import { readDeploySettings, readStackSettings, toEnvironment } from '../src/settings.ts';
import { SETTINGS } from './support/fake-clouds.ts';
import { REQUIRED } from './support/synth.ts';

const problemsOf = (source: Record<string, string>): string[] => {
  try {
    readDeploySettings(source);
    return [];
  } catch (error) {
    return [...(error as { problems: string[] }).problems];
  }
};

describe('readDeploySettings', () => {
  test('reports every problem at once, never with the value', () => {
    const problems = problemsOf({
      STAGE: 'Prod!',
      AWS_REGION: 'here',
      DATABASE: 'oracle',
      BACKUP_DAYS: '99',
      NETLIFY_AUTH_TOKEN: 'x',
    });
    expect(problems.map((line) => line.split(':')[0])).toEqual([
      'STAGE',
      'AWS_REGION',
      'DATABASE',
      'BACKUP_DAYS',
      'ABLY_CONTROL_TOKEN',
      'NETLIFY_AUTH_TOKEN',
      'SITE_NAME',
    ]);
    expect(problems.join()).not.toMatch(/Prod!|oracle/);
  });

  test('treats an empty value as not set', () => {
    expect(readDeploySettings({ ...SETTINGS, STAGE: '', ALARM_EMAIL: '' })).toMatchObject({
      STAGE: 'dev',
      DATABASE: 'instance',
    });
  });

  test.each([
    ['a stage too long for the names of resources', { STAGE: 'a'.repeat(21) }, 'STAGE: must be at most 20'],
    [
      'a channel that is a pattern in a rule',
      { OUTGOING_CHANNEL: 'chat.*' },
      'OUTGOING_CHANNEL: must be letters, digits',
    ],
    ['a budget without a recipient', { MONTHLY_BUDGET: '50' }, 'MONTHLY_BUDGET: needs ALARM_EMAIL'],
  ])('rejects %s', (_, wrong, problem) => {
    expect(problemsOf({ ...SETTINGS, ...wrong })).toEqual([expect.stringContaining(problem)]);
  });

  test('rejects one channel for both directions', () => {
    const problems = problemsOf({ ...SETTINGS, OUTGOING_CHANNEL: 'chat', INCOMING_CHANNEL: 'chat' });
    expect(problems.join()).toMatch(/must differ/);
  });
});

describe('readStackSettings', () => {
  const { ABLY_KEY_SECRET_ARN, ...others } = REQUIRED;

  test('requires the complete ARN of the connector’s secret', () => {
    const partial = ABLY_KEY_SECRET_ARN.replace(/-AbCdEf$/, '');
    expect(() => readStackSettings({ ...others, ABLY_KEY_SECRET_ARN: `${partial}` })).toThrow(
      /the complete ARN/,
    );
    expect(() => readStackSettings(others)).toThrow(/ABLY_KEY_SECRET_ARN: must be set/);
  });

  test('requires no secret without a connector', () => {
    expect(readStackSettings({ ...others, CONNECTOR: 'none' })).toMatchObject({ CONNECTOR: 'none' });
  });
});

test('toEnvironment passes all settings on to the stack, without the tokens', () => {
  const settings = readDeploySettings({ ...SETTINGS, DATABASE_PROXY: 'true', BACKUP_DAYS: '30' });
  const environment = toEnvironment(settings, {
    ABLY_EXTERNAL_ID: 'a.b',
    ABLY_KEY_NAME: undefined,
    ABLY_KEY_SECRET_ARN: REQUIRED.ABLY_KEY_SECRET_ARN,
  });
  expect(readStackSettings(environment)).toMatchObject({
    DATABASE_PROXY: true,
    BACKUP_DAYS: 30,
    ABLY_EXTERNAL_ID: 'a.b',
  });
  for (const token of [SETTINGS.ABLY_CONTROL_TOKEN, SETTINGS.NETLIFY_AUTH_TOKEN])
    expect(Object.values(environment)).not.toContain(token);
});

test('childEnvironment hides the tokens from child processes', () => {
  vi.stubEnv('ABLY_CONTROL_TOKEN', 'one');
  vi.stubEnv('NETLIFY_AUTH_TOKEN', 'two');
  const { ABLY_CONTROL_TOKEN, NETLIFY_AUTH_TOKEN, STAGE } = childEnvironment({ STAGE: 'dev' });
  vi.unstubAllEnvs();
  expect({ ABLY_CONTROL_TOKEN, NETLIFY_AUTH_TOKEN, STAGE }).toEqual({ STAGE: 'dev' });
});
