import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { ENV as connector } from '@chat/connector/env';
import { ENV as infra } from '@chat/infra/settings';
import { ENV as lambda } from '@chat/lambda-function/env';
import { ENV as local } from '@chat/stack/env';
import { ENV as netlify } from '@chat/netlify/env';

const root = resolve(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** `DATABASE_URL` is the only name that sql/ knows, and local/ knows it too. */
const parts = { local, netlify, lambda, connector };
const known = new Set(Object.values(parts).flatMap((names): string[] => Object.values(names)));

/** README rows: names in backquotes, then the parts that read them. */
const documented = new Map(
  [...read('README.md').matchAll(/^\| ((?:`[A-Z_]+`(?:, )?)+) +\| ([a-z, ]+?) +\|/gm)].flatMap(
    ([, names = '', readers = '']) =>
      [...names.matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => [name, readers.split(', ')] as const),
  ),
);

it('is documented in the README name by name, and nothing else is', () => {
  expect([...documented.keys()].sort()).toEqual([...known].sort());
});

it.each(Object.entries(parts))('%s reads exactly the names that the README says it reads', (part, names) => {
  const said = [...documented].filter(([, readers]) => readers.includes(part)).map(([name]) => name);
  expect(said.sort()).toEqual(Object.values(names).sort());
});

it('has an example file with known names only', () => {
  const names = [...read('.env.example').matchAll(/^#? ?([A-Z_]+)=/gm)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(0);
  // The names for deploying have a table of their own, in docs/deploying.md, with a test of its own in infra/.
  const all = new Set([...known, ...Object.values<string>(infra)]);
  expect(names.filter((name) => name === undefined || !all.has(name))).toEqual([]);
});

it('is read by one file in each part', () => {
  const files = execFileSync('git', ['ls-files', '*.ts', '*.vue'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => /^(local|netlify|lambda-function|connector|sql|contract|chat-web-app)\//.test(file))
    .filter((file) => !/\/(test|env\.ts$)|nuxt\.config\.ts$/.test(file));
  const code = (file: string) => read(file).replace(/\/\*[^]*?\*\/|\/\/.*/g, '');
  expect(files.filter((file) => code(file).includes('process.env'))).toEqual([]);
});
