import { measurements } from '@chat/bench/measurements';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from '../support/paths.ts';
import { documentedCommands, IN_DOCKER, IN_THE_CLOUD, RUNS } from './support/documented-commands.ts';

const read = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');
const all = documentedCommands();
const ours = all.filter(
  ({ command, marked }) => !marked && !IN_THE_CLOUD.test(command) && !IN_DOCKER.test(command),
);

it('every page is read', () => {
  const pages = new Set(all.map(({ page }) => page));
  for (const page of ['README.md', 'docs/deploying.md', 'docs/runbook.md', 'connector-config/README.md'])
    expect(pages).toContain(page);
  expect(ours.length).toBeGreaterThan(30);
});

describe('a command in README or docs', () => {
  it('is run by a test, or needs a cloud account and says so, or a container engine', () => {
    const unknown = ours.filter(
      ({ command }) => !Object.hasOwn(RUNS, command) && !isTestRun(command) && !isMeasurement(command),
    );
    expect(unknown.map(({ page, command }) => `${page}: ${command}`)).toEqual([]);
  });

  it.each(Object.entries(RUNS))('%s: the test that runs it does so', (command, { by, shown }) => {
    expect(read(by)).toContain(shown);
    expect(all.map((documented) => documented.command)).toContain(command);
  });

  it('is one of package.json and of launch.mjs, when npm runs it', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const launcher = read('launch.mjs');
    for (const { page, command } of all) {
      const [, name = ''] = /\bnpm (?:run )?([\w:-]+)/.exec(command) ?? [];
      if (!name) continue;
      expect(scripts[name], `${page}: ${command}`).toBe(`exec node launch.mjs ${name}`);
      expect(launcher).toMatch(new RegExp(`^  '?${name}'?: \\['([^']+)'`, 'm'));
    }
  });
});

/** A test that is run by hand, with a setting of its own: it and the setting exist, and `npm test` runs it as well. */
function isTestRun(command: string): boolean {
  const match = /^(?:([A-Z_]+)=\S+ )?npx vitest run (?:--project parts|--root \.) ([\w./-]+)$/.exec(command);
  if (!match) return false;
  const [, setting, path = ''] = match;
  return existsSync(join(REPOSITORY, path)) && (setting === undefined || read(path).includes(setting));
}

/** `npm run bench` itself is run with one of them. */
function isMeasurement(command: string): boolean {
  const [, names] = /^npm run bench -- ([\w -]+?)(?: --rounds \d+)?$/.exec(command) ?? [];
  return names?.split(' ').every((name) => Object.hasOwn(measurements, name)) ?? false;
}
