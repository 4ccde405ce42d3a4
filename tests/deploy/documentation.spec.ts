import { measurements } from '@chat/bench/measurements';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REPOSITORY } from '../support/paths.ts';
import { choose, NothingMatches } from '../support/run/choose.ts';
import { documentedCommands, IN_DOCKER, IN_THE_CLOUD, RUNS } from './support/documented-commands.ts';

const read = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');
const all = documentedCommands();
const ours = all.filter(
  ({ command, marked }) => !marked && !IN_THE_CLOUD.test(command) && !IN_DOCKER.test(command),
);

test('the documentation: every page is read', () => {
  const pages = new Set(all.map(({ page }) => page));
  for (const page of ['README.md', 'docs/deploying.md', 'docs/runbook.md', 'connector-config/README.md'])
    expect(pages).toContain(page);
  expect(ours.length).toBeGreaterThan(30);
});

describe('a documented command', () => {
  test('is run by a test, or marked as needing a cloud account, or needs a container engine', () => {
    const unknown = ours.filter(
      ({ command }) => !Object.hasOwn(RUNS, command) && !isTestRun(command) && !isMeasurement(command),
    );
    expect(unknown.map(({ page, command }) => `${page}: ${command}`)).toEqual([]);
  });

  test.each(Object.entries(RUNS))('%s is run by the test that is listed', (command, { by, shown }) => {
    expect(read(by)).toContain(shown);
    expect(all.map((documented) => documented.command)).toContain(command);
  });

  test('is a script of package.json and a command of launch.mjs, when npm runs it', () => {
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

/**
 * `npm test -- …`, which names a step or test files. A setting before it is one that such a file
 * reads.
 */
function isTestRun(command: string): boolean {
  const [, setting, args] = /^(?:([A-Z_]+)=\S+ )?npm test -- (.+)$/.exec(command) ?? [];
  if (args === undefined) return false;
  try {
    const { files } = choose(args.replace(/ -t ".*"| -u/g, '').split(' '), { root: REPOSITORY });
    return setting === undefined || files.some((file) => read(file).includes(setting));
  } catch (error) {
    if (error instanceof NothingMatches) return false;
    throw error;
  }
}

/** `npm run bench -- …` with known measurements. commands.spec.ts runs one of them. */
function isMeasurement(command: string): boolean {
  const [, names] = /^npm run bench -- ([\w -]+?)(?: --rounds \d+)?$/.exec(command) ?? [];
  return names?.split(' ').every((name) => Object.hasOwn(measurements, name)) ?? false;
}
