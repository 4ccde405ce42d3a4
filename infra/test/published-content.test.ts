import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test as base } from 'vitest';
import { deployTitle, PUBLISHED_SOURCES } from '../src/netlify/published-content.ts';
import { REPOSITORY } from '../src/names.ts';

const VARIABLES = [{ key: 'NAME', is_secret: false, values: [{ context: 'all', value: 'one' }] }];

/** `repository`: a copy of the sources, small enough to change. */
const test = base.extend('repository', ({}, { onCleanup }) => {
  const folder = mkdtempSync(join(tmpdir(), 'chat-published-'));
  onCleanup(() => rmSync(folder, { recursive: true, force: true }));
  for (const path of PUBLISHED_SOURCES) {
    cpSync(join(REPOSITORY, path), join(folder, path), {
      recursive: true,
      filter: (source) => !/[/](node_modules|\.nuxt|\.output|dist)$/.test(source),
    });
  }
  return folder;
});

function write(repository: string, path: string): void {
  mkdirSync(dirname(join(repository, path)), { recursive: true });
  writeFileSync(join(repository, path), 'changed');
}

describe('the title of a deploy', () => {
  test.for([
    'chat-web-app/app/new.vue',
    'contract/src/index.ts',
    'netlify/functions/ably-auth.ts',
    'netlify.toml',
    'package-lock.json',
    'local/stack/src/build/build.ts',
  ])('differs after a change of %s', (path, { repository }) => {
    const before = deployTitle('cli@1', VARIABLES, repository);
    write(repository, path);
    expect(deployTitle('cli@1', VARIABLES, repository)).not.toBe(before);
  });

  test.for(['chat-web-app/.output/public/index.html', 'netlify/test/new.test.ts', 'docs/page.md'])(
    'stays the same after a change of %s',
    (path, { repository }) => {
      const before = deployTitle('cli@1', VARIABLES, repository);
      write(repository, path);
      expect(deployTitle('cli@1', VARIABLES, repository)).toBe(before);
    },
  );

  test('differs with another variable and another tool, and shows neither', ({ repository }) => {
    const title = deployTitle('cli@1', VARIABLES, repository);
    expect(deployTitle('cli@2', VARIABLES, repository)).not.toBe(title);
    expect(deployTitle('cli@1', [], repository)).not.toBe(title);
    expect(title).toMatch(/^npm run deploy, content [0-9a-f]{32}$/);
  });

  test('covers every part of the repository that the page and the functions use', () => {
    const dependencies = ['chat-web-app', 'netlify', 'contract'].flatMap((part) => {
      const file = readFileSync(join(REPOSITORY, part, 'package.json'), 'utf8');
      return Object.keys((JSON.parse(file) as { dependencies: object }).dependencies);
    });
    const parts = dependencies.filter((name) => name.startsWith('@chat/'));
    expect(parts.length).toBeGreaterThan(0);
    for (const name of parts) expect(PUBLISHED_SOURCES).toContain(name.replace('@chat/', ''));
  });
});
