import { ROUTES } from '@chat/contract';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';

test('contract: ROUTES names the path of every Netlify function', () => {
  const files = readdirSync(join(import.meta.dirname, '..', 'netlify', 'functions'));
  const paths = files.map((file) => `/.netlify/functions/${basename(file, '.ts')}`);
  expect(paths.sort()).toEqual(Object.values(ROUTES).sort());
});
