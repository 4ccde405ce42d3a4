import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { launchBrowser } from './browser.ts';
import { closeTab } from './chat-page.ts';
import { useStack, type HeldStack } from './stack.ts';

export interface Journey extends HeldStack {
  /** New for every test, so that no test finds another's tabs. */
  readonly context: BrowserContext;
}

/** A whole stack and a browser for the tests of one file; messages are cleared before each test. */
export function useJourney(options: { viewport?: { width: number; height: number } } = {}): Journey {
  const held = useStack();
  let browser: Browser | undefined;
  let context: BrowserContext | undefined;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  beforeEach(async () => {
    await held.query('DELETE FROM chat_data');
    context = await browser?.newContext({ viewport: options.viewport ?? { width: 1440, height: 900 } });
  });
  afterEach(async () => {
    await Promise.all(context?.pages().map(closeTab) ?? []);
    await context?.close();
  });
  afterAll(async () => browser?.close());

  return {
    get stack() {
      return held.stack;
    },
    query: held.query,
    get context() {
      if (context === undefined) throw new Error('useJourney() is ready only inside a test');
      return context;
    },
  };
}
