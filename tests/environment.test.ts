import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ENV as connector } from '@chat/connector/env';
import { ENV as infra } from '@chat/infra/settings';
import { ENV as lambda } from '@chat/lambda-function/env';
import { ENV as netlify } from '@chat/netlify/env';
import { ENV as sql } from '@chat/sql/env';
import { ENV as local } from '@chat/stack/env';

const root = resolve(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const parts: Readonly<Record<string, object>> = { local, netlify, lambda, connector, sql };
const namesOf = (env: object): string[] => Object.values<string>({ ...env });
const known = new Set(Object.values(parts).flatMap(namesOf));

/**
 * The README's section `## Settings`: a heading `### <part>` over each list of `- \`NAME\`: …`.
 * Under `### Shared`, the parts that read a name follow it in parentheses.
 */
function readSettingsSection(): { name: string; readers: string[] }[] {
  const [, section = ''] = /^## Settings$(.*?)(?=^## )/ms.exec(read('README.md')) ?? [];
  return section.split(/^### /m).flatMap((block) => {
    const heading = block.slice(0, block.indexOf('\n')).trim();
    const items = block.matchAll(/^- ((?:`[A-Z_]+`(?:, )?)+)(?: \(([a-z, ]+)\))?: /gm);
    return [...items].flatMap(([, names = '', shared = '']) => {
      const readers = heading === 'Shared' ? shared.split(', ') : [heading];
      return [...names.matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => ({ name, readers }));
    });
  });
}

const documented = readSettingsSection();

describe('README', () => {
  test('documents every environment name once, and no unknown one', () => {
    expect(documented.map(({ name }) => name).sort()).toEqual([...known].sort());
  });

  test.each(Object.entries(parts))('lists exactly the names that %s reads', (part, env) => {
    const listed = documented.filter(({ readers }) => readers.includes(part)).map(({ name }) => name);
    expect(listed.sort()).toEqual(namesOf(env).sort());
  });
});

test('.env.example: contains known names only', () => {
  const names = [...read('.env.example').matchAll(/^#? ?([A-Z_]+)=/gm)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(0);
  // docs/deploying.md documents the names of the deployment; infra/ has the test.
  const all = new Set([...known, ...namesOf(infra)]);
  expect(names.filter((name) => !all.has(name))).toEqual([]);
});

test('process.env: is read by one file in each part', () => {
  const files = execFileSync('git', ['ls-files', '*.ts', '*.vue'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => /^(local|netlify|lambda-function|connector|sql|contract|chat-web-app)\//.test(file))
    .filter((file) => !/\/(test|env\.ts$)|nuxt\.config\.ts$/.test(file));
  const code = (file: string) => read(file).replace(/\/\*[^]*?\*\/|\/\/.*/g, '');
  expect(files.filter((file) => /(?<!['"])process\.env/.test(code(file)))).toEqual([]);
});
