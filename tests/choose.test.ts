import { describe, expect, test } from 'vitest';
import { choose, findTestFiles, NothingMatches } from './support/run/choose.ts';
import { ROOT } from './support/run/run-step.ts';
import { GROUPS, STEPS } from './support/run/steps.ts';

const files = ['connector/test/lane.test.ts', 'sql/test/claim.test.ts', 'tests/browser/sql-in-chat.spec.ts'];
const chosen = (...names: string[]) => {
  const choice = choose(names, { root: ROOT, files });
  return [...choice.steps.map(({ name }) => name), ...choice.files];
};

describe('the arguments of npm test', () => {
  test('none choose every step, except those that run on demand', () => {
    expect(chosen()).toEqual(STEPS.filter(({ onDemand }) => !onDemand).map(({ name }) => name));
  });

  test('a step or a group chooses steps, in the order of the table', () => {
    expect(chosen('lint', 'format')).toEqual(['format', 'lint']);
    expect(chosen('quick')).toEqual(GROUPS['quick']);
    expect(chosen('docker')).toEqual(['docker']);
  });

  test.each([
    ['connector/test/lane.test.ts', ['connector/test/lane.test.ts']],
    [`${ROOT}/sql/test`, ['sql/test/claim.test.ts']],
    ['sql', ['sql/test/claim.test.ts']],
    ['*/test/l*.test.ts', ['connector/test/lane.test.ts']],
    ['lane', ['connector/test/lane.test.ts']],
  ])('a path, a folder, a pattern or a part of a path chooses test files: %s', (name, expected) => {
    expect(chosen(name)).toEqual(expected);
  });

  test('a relative path starts in the folder that npm was called in', () => {
    const { files: found } = choose(['test/claim.test.ts'], { root: ROOT, from: `${ROOT}/sql`, files });
    expect(found).toEqual(['sql/test/claim.test.ts']);
  });

  test('one that matches nothing is an error that lists the steps and the folders', () => {
    expect(() => chosen('nothing')).toThrow(NothingMatches);
    expect(() => chosen('nothing')).toThrow(/"nothing"[^]*web-app[^]*quick[^]*connector\/test/);
  });
});

test('vitest.config.ts puts every test file of the repository into exactly one project', async () => {
  const { createVitest } = await import('vitest/node');
  const vitest = await createVitest('test', { root: ROOT, watch: false });
  const specifications = await vitest.globTestSpecifications();
  await vitest.close();
  const run = specifications.map(({ moduleId }) => moduleId.slice(ROOT.length + 1));
  expect(run.toSorted()).toEqual(findTestFiles(ROOT));
});
