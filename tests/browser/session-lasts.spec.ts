import { startStack } from '@chat/stack';
import { describe, expect, test as base } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';

const HOUR = 3_600_000;

/** Tokens last one hour. This broker requests the next one two seconds after the last. */
const timing = { broker: { authPromptBefore: HOUR - 2_000 } };

const test = base
  .extend('stack', { scope: 'file' }, async ({}, { onCleanup }) => {
    const stack = await startStack({ timing });
    onCleanup(() => stack.close());
    return stack;
  })
  .extend('browser', { scope: 'file' }, async ({}, { onCleanup }) => {
    const browser = await launchBrowser();
    onCleanup(() => browser.close());
    return browser;
  })
  .extend('context', async ({ browser }, { onCleanup }) => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    onCleanup(() => context.close());
    return context;
  })
  .extend(
    'join',
    ({ context, stack }) =>
      (nickname: string) =>
        ChatPage.join(context, stack.site, nickname),
  );

// The start gets the time limit of a hook, which is longer than that of a test.
test.beforeAll(({ stack }) => void stack);

describe('a long session', () => {
  test('the page renews its token repeatedly, without a sign of it on screen', async ({ context, join }) => {
    let tokens = 0;
    await context.route('**/ably-auth', (route) => {
      tokens += 1;
      return route.continue();
    });
    const ada = await join('Ada');
    await expectShown(ada.onlineCount(1));
    const statuses = ada.page.getByText(/^(Offline|The connection failed)/);
    await expectSoon(() => tokens).toBeGreaterThanOrEqual(3);
    expect(await statuses.count()).toBe(0);
    await ada.send('Still me');
    await expectCount(ada.page.getByRole('button', { name: 'Edit message' }), 1);
    await expectShown(ada.onlineCount(1));
  });

  test('a tab whose identity expired continues as a new author and keeps the text being written', async ({
    context,
    join,
  }) => {
    const ada = await join('Ada');
    await expectShown(ada.onlineCount(1));
    await ada.send('From my first life');
    await expectCount(ada.message('From my first life').getByRole('button', { name: 'Edit message' }), 1);
    await ada.composer.fill('Half a sen');
    // As after a month of sleep, when the function rejects the identity.
    await context.route('**/ably-auth', (route) => route.continue({ postData: '{}' }), { times: 1 });

    await expectCount(ada.message('From my first life').getByRole('button', { name: 'Edit message' }), 0);
    await expectShown(ada.onlineCount(1));
    expect(await ada.composer.inputValue()).toBe('Half a sen');
    await ada.send('From my second life');
    await expectCount(ada.message('From my second life').getByRole('button', { name: 'Edit message' }), 1);
    await expectCount(ada.page.getByText('The connection failed.'), 0);
  });
});
