import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { childEnvironment } from '../src/env.ts';
import { REPOSITORY } from '../src/names.ts';
import { ENV, readDeploySettings, readStackSettings, toEnvironment } from '../src/settings.ts';
import { SETTINGS } from './support/clouds.ts';

const problemsOf = (source: Record<string, string>): string[] => {
  try {
    readDeploySettings(source);
    return [];
  } catch (error) {
    return [...(error as { problems: string[] }).problems];
  }
};

it('tells everything that is wrong at once, never with the value', () => {
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

it('takes an empty value as not given', () => {
  expect(readDeploySettings({ ...SETTINGS, STAGE: '', ALARM_EMAIL: '' })).toMatchObject({
    STAGE: 'dev',
    DATABASE: 'instance',
  });
});

it('refuses one channel for both directions', () => {
  expect(problemsOf({ ...SETTINGS, OUTGOING_CHANNEL: 'chat', INCOMING_CHANNEL: 'chat' }).join()).toMatch(
    /must differ/,
  );
});

it('reaches the stack as it was read, without the tokens', () => {
  const settings = readDeploySettings({ ...SETTINGS, DATABASE_PROXY: 'true', BACKUP_DAYS: '30' });
  const environment = toEnvironment(settings, { ABLY_EXTERNAL_ID: 'a.b', ABLY_KEY_NAME: undefined });
  expect(readStackSettings(environment)).toMatchObject({
    DATABASE_PROXY: true,
    BACKUP_DAYS: 30,
    ABLY_EXTERNAL_ID: 'a.b',
  });
  expect(JSON.stringify(environment)).not.toContain(SETTINGS.ABLY_CONTROL_TOKEN);
});

it('keeps the tokens from the programs that are started', () => {
  vi.stubEnv('ABLY_CONTROL_TOKEN', 'one');
  vi.stubEnv('NETLIFY_AUTH_TOKEN', 'two');
  const { ABLY_CONTROL_TOKEN, NETLIFY_AUTH_TOKEN, STAGE } = childEnvironment({ STAGE: 'dev' });
  vi.unstubAllEnvs();
  expect({ ABLY_CONTROL_TOKEN, NETLIFY_AUTH_TOKEN, STAGE }).toEqual({ STAGE: 'dev' });
});

it('has each of its names in the table of docs/deploying.md', () => {
  const page = readFileSync(join(REPOSITORY, 'docs/deploying.md'), 'utf8');
  const inTable = [...page.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name);
  expect(inTable.toSorted()).toEqual(Object.keys(ENV).toSorted());
});
