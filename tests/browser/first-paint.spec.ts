import { expect } from 'vitest';
import type { Page } from 'playwright-core';
import { test } from '../support/journey.ts';

/** What a person sees of the header, and how much it looks like the page. */
const look = (page: Page) =>
  page.evaluate(() => {
    const styleOf = (selector: string) => {
      const element = document.querySelector(selector);
      if (!element) throw new Error(`${selector} must be on the page`);
      return { text: element.textContent, ...pick(getComputedStyle(element)) };
    };
    const pick = ({ fontWeight, color, display }: CSSStyleDeclaration) => ({ fontWeight, color, display });
    return { page: styleOf('.page').display, title: styleOf('h1'), promise: styleOf('.page-promise') };
  });

test.for(['light', 'dark'] as const)(
  'the first paint: title and promise are readable in %s colours before any file has arrived',
  async (colorScheme, { open }) => {
    const visitor = await open();
    const { page } = visitor;
    await page.emulateMedia({ colorScheme });
    const whole = await look(page);
    const requested: string[] = [];
    await page.route('**/*', (route) => {
      if (route.request().isNavigationRequest()) return route.continue();
      requested.push(new URL(route.request().url()).pathname);
      return route.abort();
    });
    await page.reload({ waitUntil: 'domcontentloaded' });
    expect(await look(page)).toEqual(whole);
    expect(whole.title.text).toBe('Scalable serverless realtime messaging demo');
    expect(whole.promise.text).toMatch(/^Edit any of your messages, even old ones/);
    expect(whole.page).toBe('grid');
    // The newest messages are on their way, and no style sheet is needed.
    expect(requested).toContain('/.netlify/functions/chat-history');
    expect(requested.filter((path) => path.endsWith('.css'))).toEqual([]);
  },
);
