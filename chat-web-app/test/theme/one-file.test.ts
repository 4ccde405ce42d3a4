import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { themeColours } from './theme-colours';

const app = join(import.meta.dirname, '../../app');
const files = globSync('**/*.{vue,css}', { cwd: app }).filter((path) => !/theme\.css|people\.css/.test(path));
const textOf = (path: string) => readFileSync(join(app, path), 'utf8');

/** Tailwind's names of colours, which theme.css switches off. */
const PALETTE =
  /\b(?:text|bg|border|outline|fill|stroke|decoration|ring|from|to)-(?:white|black|(?:slate|gray|zinc|red|orange|amber|yellow|lime|green|emerald|teal|cyan|sky|blue|indigo|violet|purple|fuchsia|pink|rose)-\d{2,3})\b/g;
const USED = /var\(--color-([\w-]+)/g;

test.each(files)('%s names only colours of theme.css', (path) => {
  const text = textOf(path);
  expect(text.match(PALETTE) ?? []).toEqual([]);
  expect(text.match(/#[0-9a-f]{6}\b/gi) ?? []).toEqual([]);
  const unknown = [...text.matchAll(USED)]
    .map(([, name = '']) => name)
    .filter((name) => !themeColours.has(name));
  expect(unknown).toEqual([]);
});
