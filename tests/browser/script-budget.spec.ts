import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { expectShown } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';

/** In bytes, gzip. Features on demand, such as the diagram or the marks of changes, come on top. */
const BUDGET = 135_000;

test('to join, write and read, a person loads at most 135 kB of script, Ably included', async ({ join }) => {
  const ada = await join('Ada');
  await ada.send('Hello');
  await expectShown(ada.page.getByRole('button', { name: 'Edit message' }));
  await expectShown(ada.onlineCount(1));
  const texts = await ada.page.evaluate(async () => {
    const names = performance.getEntriesByType('resource').map(({ name }) => name);
    const scripts = [...new Set(names)].filter((name) => /\/_nuxt\/.+\.js$/.test(name));
    return Promise.all(scripts.map(async (name) => (await fetch(name)).text()));
  });
  expect(texts.some((text) => text.includes('X-Ably-Version'))).toBe(true);
  expect(texts.reduce((sum, text) => sum + gzipSync(text).length, 0)).toBeLessThanOrEqual(BUDGET);
});
