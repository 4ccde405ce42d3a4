import type { BrowserContextOptions } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { ChatPage, closeTab } from './chat-page.ts';
import { test as onStack } from './stack.ts';

/** Tests in a browser on a whole local stack. Each starts with an empty chat and without tabs. */
export const test = onStack
  .extend('browser', { scope: 'file' }, async ({}, { onCleanup }) => {
    const browser = await launchBrowser();
    onCleanup(() => browser.close());
    return browser;
  })
  .extend('screen', (): BrowserContextOptions => ({
    viewport: { width: 1440, height: 900 },
    // A worker would answer requests of a reloaded page past the routes that a test installs.
    serviceWorkers: 'block',
  }))
  .extend('context', async ({ browser, query, screen }, { onCleanup }) => {
    await query('delete from chat_data');
    const context = await browser.newContext(screen);
    onCleanup(async () => {
      await Promise.all(context.pages().map(closeTab));
      await context.close();
    });
    return context;
  })
  /** The texts in the table, in display order. */
  .extend('stored', ({ query }) => async () => {
    const rows = await query<{ msg_data: string }>(
      'select msg_data from chat_data order by created_at_timestamp, incremental_record_id',
    );
    return rows.map(({ msg_data }) => msg_data);
  })
  /** Opens the page in a new tab. */
  .extend(
    'open',
    ({ context, stack }) =>
      () =>
        ChatPage.open(context, stack.site),
  )
  /** Opens the page in a new tab and joins the chat. */
  .extend(
    'join',
    ({ context, stack }) =>
      (nickname: string) =>
        ChatPage.join(context, stack.site, nickname),
  );

// Unpacking and starting a browser gets the time limit of a hook.
test.beforeAll(({ browser }) => void browser);
