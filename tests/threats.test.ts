import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REPOSITORY } from './support/paths.ts';

const PAGE = 'docs/threats.md';
const ACTORS = ['anonymous visitor', 'participant', 'database role', 'local user', 'web page'];

interface Attempt {
  actor: string;
  /** `**Asset**: what is tried` */
  text: string;
  tests: { file: string; title: string }[];
}

/** `[name](../path): “title”`: a test, by the whole of its title or a part that is unique in it. */
const TEST = /\[[^\]]+\]\(\.\.\/([^)#]+)\):?\s+“([^”]+)”/g;

/** The list below each `## actor`: an item per attempt, with the tests that try it. */
function readAttempts(): Attempt[] {
  const page = readFileSync(join(REPOSITORY, PAGE), 'utf8');
  return page
    .split(/^## /m)
    .slice(1)
    .flatMap((section) => {
      const actor = section.slice(0, section.indexOf('\n'));
      const items = section.split(/^- /m).slice(1);
      return items.map((item) => {
        const text = item.replaceAll(/\s+/g, ' ');
        const tests = [...text.matchAll(TEST)].map(([, file = '', title = '']) => ({ file, title }));
        return { actor, text, tests };
      });
    });
}

const attempts = readAttempts();

describe('docs/threats.md', () => {
  test.each(ACTORS)('lists what a %s tries', (actor) => {
    const own = attempts.filter((attempt) => attempt.actor.toLowerCase().includes(actor));
    expect(own.length).toBeGreaterThan(0);
  });

  test('names an asset and a test for each attempt', () => {
    const incomplete = attempts.filter(
      ({ text, tests }) => !/^\*\*.+\*\*: /.test(text) || tests.length === 0,
    );
    expect(incomplete.map(({ text }) => text)).toEqual([]);
  });

  test('names only tests that exist', () => {
    const missing = attempts
      .flatMap(({ tests }) => tests)
      .filter(({ file, title }) => {
        const path = join(REPOSITORY, file);
        return !existsSync(path) || !readFileSync(path, 'utf8').replaceAll(/\s+/g, ' ').includes(title);
      });
    expect(missing).toEqual([]);
  });
});
