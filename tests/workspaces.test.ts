import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REPOSITORY } from './support/paths.ts';

/*
 * What .dependency-cruiser.js does not see: the manifests themselves, and paths that are not imports.
 */

interface Manifest {
  name: string;
  workspaces?: string[];
  exports?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const read = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');
const readManifest = (folder: string) => JSON.parse(read(join(folder, 'package.json'))) as Manifest;
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: REPOSITORY,
  encoding: 'utf8',
}).split('\n');

const folders = readManifest('.').workspaces ?? [];
const manifests = folders.map(readManifest);
const names = new Set(manifests.map(({ name }) => name));

/** Package → the workspaces that it depends on, also for its tests. */
const graph = new Map(
  manifests.map(({ name, dependencies, devDependencies }) => {
    const needed = Object.keys({ ...dependencies, ...devDependencies });
    return [name, needed.filter((other) => names.has(other))];
  }),
);

/** Returns the first path that leads from a package back to itself, or null. */
function findCycle(edges: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  function visit(name: string, path: readonly string[]): string[] | null {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return null;
    for (const next of edges.get(name) ?? []) {
      const cycle = visit(next, [...path, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return null;
  }
  for (const name of edges.keys()) {
    const cycle = visit(name, []);
    if (cycle) return cycle;
  }
  return null;
}

describe('workspaces', () => {
  test('do not depend on one another in a cycle, dev dependencies included', () => {
    expect(findCycle(graph)).toBeNull();
  });

  test('that depend on one another in a cycle are found, for a cycle of any length', () => {
    const edges = { a: ['b', 'c'], b: ['c'], c: ['d'], d: ['b'] };
    expect(findCycle(new Map(Object.entries(edges)))).toEqual(['b', 'c', 'd', 'b']);
    expect(findCycle(new Map([['a', ['a']]]))).toEqual(['a', 'a']);
  });

  test('are all listed in the root package.json', () => {
    const found = tracked.filter((path) => path.endsWith('/package.json')).map((path) => dirname(path));
    expect(found.filter((folder) => existsSync(join(REPOSITORY, folder))).sort()).toEqual(
      [...folders].sort(),
    );
  });

  test.each(folders)('%s exports only files that exist', (folder) => {
    const targets = Object.values(readManifest(folder).exports ?? {});
    expect(targets.filter((target) => !existsSync(join(REPOSITORY, folder, target)))).toEqual([]);
  });

  // An address, for a process to start, is resolved by import.meta.resolve instead.
  test('reach no file of another workspace by a relative URL or path', () => {
    const folderOf = (path: string) => folders.find((folder) => path.startsWith(`${folder}/`));
    const relative = /new URL\(\s*['"](\.\.?\/[^'"]+)['"]|join\(import\.meta\.dirname, ['"](\.\.[^'"]*)['"]/g;
    const sources = tracked.filter(
      (path) => /\.(ts|mjs|vue)$/.test(path) && existsSync(join(REPOSITORY, path)),
    );
    const reaching = sources.flatMap((path) => {
      const own = folderOf(path);
      if (own === undefined) return [];
      const targets = [...read(path).matchAll(relative)]
        .map(([, url = '', file = '']) => url || file)
        .filter((target) => !target.endsWith('.md')); // anyone may read a README
      return targets
        .map((target) => folderOf(`${normalize(join(dirname(path), target))}/`))
        .filter((other) => other !== undefined && other !== own)
        .map((other) => `${path} → ${other}`);
    });
    expect(reaching).toEqual([]);
  });
});
