import type { BrowserContext, CDPSession } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { useJourney } from '../support/journey.ts';

async function swipe(finger: CDPSession, from: number, to: number, y = 400): Promise<void> {
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', x?: number) =>
    finger.send('Input.dispatchTouchEvent', { type, touchPoints: x === undefined ? [] : [{ x, y }] });
  await touch('touchStart', from);
  for (let step = 1; step <= 10; step += 1) await touch('touchMove', from + ((to - from) * step) / 10);
  await touch('touchEnd');
}

describe('on a phone, with a finger', () => {
  const journey = useJourney();
  let phone: BrowserContext;
  beforeEach(async () => {
    const browser = journey.context.browser();
    if (!browser) throw new Error('The context of a journey has a browser');
    phone = await browser.newContext({
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
  });
  afterEach(() => phone.close());
  const drawer = (chat: ChatPage) => chat.page.getByRole('dialog');
  const openDrawer = async (chat: ChatPage) => {
    await chat.page.getByRole('button', { name: /online now/i }).tap();
    await expectShown(drawer(chat));
  };

  it('closes the drawer by a swipe, by a tap outside and by its button', async () => {
    const ada = await ChatPage.join(phone, journey.stack.site, 'Ada');
    await openDrawer(ada);
    await ada.page.touchscreen.tap(370, 500);
    await expectCount(drawer(ada), 0);

    await openDrawer(ada);
    await ada.page.getByRole('button', { name: 'Close the member list' }).tap();
    await expectCount(drawer(ada), 0);

    await openDrawer(ada);
    const finger = await phone.newCDPSession(ada.page);
    await swipe(finger, 250, 240);
    await expectShown(drawer(ada));
    await swipe(finger, 250, 100);
    await expectCount(drawer(ada), 0);
  });

  it('writes, edits and deletes', async () => {
    const ada = await ChatPage.join(phone, journey.stack.site, 'Ada');
    await ada.composer.tap();
    await ada.composer.fill('With one thumb');
    await ada.page.getByRole('button', { name: 'Send message' }).tap();
    await ada.page.getByRole('button', { name: 'Edit message' }).tap();
    const field = ada.log.getByRole('textbox');
    await field.fill('With two thumbs');
    await ada.page.getByRole('button', { name: 'Save edit' }).tap();
    await expectSoon(() => journey.query('SELECT msg_data FROM chat_data')).toEqual([
      { msg_data: 'With two thumbs' },
    ]);
    await ada.page.getByRole('button', { name: 'Delete message' }).tap();
    await expectSoon(() => journey.query('SELECT msg_data FROM chat_data')).toEqual([]);
  });

  it('keeps the composer and the newest message above the keyboard', async () => {
    await journey.query(
      `INSERT INTO chat_data (username, msg_id, msg_data, client_id)
       SELECT 'psql', gen_random_uuid(), 'Message ' || n || '.', 'nobody' FROM generate_series(1, 30) AS n`,
    );
    const ada = await ChatPage.join(phone, journey.stack.site, 'Ada');
    await expectShown(ada.message('Message 30.'));
    // Safari's way: the page keeps its height, and only the visual viewport says that part of it is covered.
    await ada.page.evaluate(() => {
      Object.defineProperty(window.visualViewport, 'height', { get: () => 500 });
      window.visualViewport?.dispatchEvent(new Event('resize'));
    });
    const bottomOf = async (of: 'composer' | 'newest') => {
      const box = await (of === 'composer' ? ada.composer : ada.message('Message 30.')).boundingBox();
      return box ? box.y + box.height : Infinity;
    };
    await expectSoon(() => bottomOf('composer')).toBeLessThanOrEqual(500);
    await expectSoon(
      async () => (await bottomOf('newest')) <= ((await ada.composer.boundingBox())?.y ?? 0),
    ).toBe(true);
  });

  it('has targets large enough for a finger', async () => {
    const ada = await ChatPage.join(phone, journey.stack.site, 'Ada');
    await ada.send('Mine');
    await expectCount(ada.page.getByRole('button', { name: 'Edit message' }), 1);
    for (const button of await ada.page.getByRole('button').filter({ visible: true }).all()) {
      const box = await button.boundingBox();
      expect(Math.min(box?.width ?? 0, box?.height ?? 0), await button.innerHTML()).toBeGreaterThanOrEqual(
        36,
      );
    }
  });
});
