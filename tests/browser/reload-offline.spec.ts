import { describe, expect } from 'vitest';
import type { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test as onJourney } from '../support/journey.ts';

const test = onJourney.override('screen', {
  viewport: { width: 1440, height: 900 },
  serviceWorkers: 'allow',
});

/** Waits until the service worker has stored the page. */
const untilStored = ({ page }: ChatPage) =>
  page.evaluate(async () => void (await navigator.serviceWorker.ready));

describe('a reload while offline', () => {
  test('shows the page with the send queue and the draft, which is sent later', async ({
    context,
    join,
    stored,
  }) => {
    const ada = await join('Ada');
    await ada.send('Sent before');
    await expectSoon(stored).toEqual(['Sent before']);
    await untilStored(ada);
    await context.setOffline(true);
    await expectShown(ada.page.getByText(/^Offline since/));
    await ada.send('Written offline');
    await ada.composer.fill('Half a sen');

    await ada.page.reload();
    await expectShown(ada.message('Written offline'));
    expect(await ada.composer.inputValue()).toBe('Half a sen');
    await expectShown(ada.page.getByText('You are Ada'));
    await context.setOffline(false);
    await expectSoon(stored).toEqual(['Sent before', 'Written offline']);
    await expectCount(ada.page.getByRole('button', { name: 'Edit message' }), 2);
    expect(ada.complaints).toEqual([]);
  });

  test('is the only time that the stored page is shown', async ({ context, open }) => {
    const { page } = await open().then(async (chat) => (await untilStored(chat), chat));
    await page.evaluate(async () => {
      const [name = ''] = await caches.keys();
      const cache = await caches.open(name);
      const [key] = (await cache.keys()).filter(({ url }) => url.includes('/index.html'));
      if (!key) throw new Error('The page is not stored.');
      await cache.put(key, new Response('An older page', { headers: { 'content-type': 'text/html' } }));
    });
    await page.reload();
    await page.getByRole('textbox', { name: 'Add a nickname' }).waitFor();
    await context.setOffline(true);
    await page.reload();
    await expectShown(page.getByText('An older page'));
    await context.setOffline(false);
    await page.reload();
    await page.getByRole('textbox', { name: 'Add a nickname' }).waitFor();
  });

  test('finds no answer of a function stored', async ({ join, open }) => {
    await untilStored(await open());
    const ada = await join('Ada');
    await ada.send('hello');
    await ada.page.reload();
    await expectCount(ada.messages, 1);
    const urls = await ada.page.evaluate(async () => {
      const names = await caches.keys();
      const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return requests.flat().map(({ url }) => new URL(url).pathname);
    });
    expect(urls).toContain('/index.html');
    expect(urls.filter((url) => url.startsWith('/.netlify'))).toEqual([]);
  });
});
