import { globSync } from 'node:fs';
import { isAbsolute, join, matchesGlob, relative, resolve } from 'node:path';
import { GROUPS, STEPS, type Step } from './steps.ts';

const TEST_FILES = '**/*.{test,spec}.ts';
const NOT_OURS = ['node_modules', 'dist', '.nuxt', '.output', '.local', '.netlify'];

/** What one run does: whole steps, then single test files. */
export interface Choice {
  readonly steps: readonly Step[];
  /** Paths from the root of the repository. */
  readonly files: readonly string[];
}

/** An argument that matches neither a step nor a test file. */
export class NothingMatches extends Error {
  override name = 'NothingMatches' as const;
  constructor(argument: string, files: readonly string[]) {
    const folders = [...new Set(files.map((file) => file.replace(/\/[^/]+$/, '')))];
    const name = (step: Step) => `  ${step.name.padEnd(10)} ${step.description}`;
    const group = ([title, steps]: [string, readonly string[]]) =>
      `  ${title.padEnd(10)} ${steps.join(', ')}`;
    super(
      `No step and no test file matches "${argument}".\n\n` +
        `Steps:\n${[...STEPS.map(name), ...Object.entries(GROUPS).map(group)].join('\n')}\n\n` +
        `Test files are in:\n${folders.map((folder) => `  ${folder}`).join('\n')}`,
    );
  }
}

/** Every test file below a folder, as sorted paths from there. */
export function findTestFiles(root: string): string[] {
  return globSync(TEST_FILES, {
    cwd: root,
    exclude: (path) => NOT_OURS.includes(path.split('/').at(-1) ?? ''),
  })
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
}

/**
 * Resolves the arguments of `npm test`: each names a step, a group of steps, or test files by path,
 * folder or part of a path.
 * @param from the folder that relative paths start in
 * @throws NothingMatches
 */
export function choose(
  names: readonly string[],
  {
    root,
    from = root,
    files = findTestFiles(root),
  }: { root: string; from?: string; files?: readonly string[] },
): Choice {
  const steps = new Set<string>();
  const chosen = new Set<string>();
  for (const name of names) {
    const named = GROUPS[name] ?? (STEPS.some((step) => step.name === name) ? [name] : undefined);
    const matching = named ? [] : matchFiles(name, { root, from, files });
    if (!named && matching.length === 0) throw new NothingMatches(name, files);
    named?.forEach((step) => steps.add(step));
    matching.forEach((file) => chosen.add(file));
  }
  const isChosen = (step: Step) => (names.length === 0 ? !step.onDemand : steps.has(step.name));
  return { steps: STEPS.filter(isChosen), files: [...chosen] };
}

/** A path wins over a part of a path, so that `sql` does not also run `tests/sql-….test.ts`. */
function matchFiles(
  name: string,
  { root, from, files }: { root: string; from: string; files: readonly string[] },
): string[] {
  for (const base of [from, root]) {
    const path = relative(root, isAbsolute(name) ? name : resolve(base, name)).replaceAll('\\', '/');
    const below = files.filter(
      (file) => file === path || file.startsWith(`${path}/`) || matchesGlob(file, path),
    );
    if (path !== '' && below.length > 0) return below;
  }
  return files.filter((file) => join('/', file).includes(name));
}
