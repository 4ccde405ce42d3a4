import { startStack, type Stack } from '@chat/stack';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';

const HOUR = 3_600_000;

/** The function gives tokens for one hour. This broker asks for the next one two seconds after it has seen one. */
const timing = { broker: { authPromptBefore: HOUR - 2_000 } };

describe('a session that lasts', () => {
  let stack: Stack;
  let browser: Browser;
  let context: BrowserContext;
  beforeAll(async () => {
    stack = await startStack({ timing });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await stack.close();
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  });
  afterEach(() => context.close());

  /** How often tabs have asked for a token. */
  async function countSessions(): Promise<() => number> {
    let count = 0;
    await context.route('**/ably-auth', (route) => {
      count += 1;
      return route.continue();
    });
    return () => count;
  }

  it('renews its token again and again, and nobody notices', async () => {
    const sessions = await countSessions();
    const ada = await ChatPage.join(context, stack.site, 'Ada');
    await expectShown(ada.onlineCount(1));
    const statuses = ada.page.getByText(/^(Offline|The connection failed)/);
    await expectSoon(sessions).toBeGreaterThanOrEqual(3);
    expect(await statuses.count()).toBe(0);
    await ada.send('Still me');
    await expectCount(ada.page.getByRole('button', { name: 'Edit message' }), 1);
    await expectShown(ada.onlineCount(1));
  });

  it('goes on as a new person when its credential has run out, without losing what was being written', async () => {
    const ada = await ChatPage.join(context, stack.site, 'Ada');
    await expectShown(ada.onlineCount(1));
    await ada.send('From my first life');
    await expectCount(ada.message('From my first life').getByRole('button', { name: 'Edit message' }), 1);
    await ada.composer.fill('Half a sen');
    // As after a month's sleep: the function does not take the credential any more.
    await context.route('**/ably-auth', (route) => route.continue({ postData: '{}' }), { times: 1 });

    await expectCount(ada.message('From my first life').getByRole('button', { name: 'Edit message' }), 0);
    await expectShown(ada.onlineCount(1));
    expect(await ada.composer.inputValue()).toBe('Half a sen');
    await ada.send('From my second life');
    await expectCount(ada.message('From my second life').getByRole('button', { name: 'Edit message' }), 1);
    await expectCount(ada.page.getByText('The connection failed.'), 0);
  });
});
