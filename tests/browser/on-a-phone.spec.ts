import { describe, expect } from 'vitest';
import type { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';
import { swipe } from '../support/swipe.ts';

describe('a phone', () => {
  test.override({
    screen: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  });
  const drawer = (chat: ChatPage) => chat.page.getByRole('dialog');
  const openDrawer = async (chat: ChatPage) => {
    await chat.page.getByRole('button', { name: /online now/i }).tap();
    await expectShown(drawer(chat));
  };

  test('a swipe, a tap outside and a button close the drawer', async ({ join, context }) => {
    const ada = await join('Ada');
    await openDrawer(ada);
    await ada.page.touchscreen.tap(370, 500);
    await expectCount(drawer(ada), 0);

    await openDrawer(ada);
    await ada.page.getByRole('button', { name: 'Close the member list' }).tap();
    await expectCount(drawer(ada), 0);

    await openDrawer(ada);
    const finger = await context.newCDPSession(ada.page);
    await swipe(finger, 250, 240);
    await expectShown(drawer(ada));
    await swipe(finger, 250, 100);
    await expectCount(drawer(ada), 0);
  });

  test('a person writes, edits and deletes by touch', async ({ join, query }) => {
    const ada = await join('Ada');
    await ada.composer.tap();
    await ada.composer.fill('With one thumb');
    await ada.page.getByRole('button', { name: 'Send message' }).tap();
    await ada.page.getByRole('button', { name: 'Edit message' }).tap();
    const field = ada.log.getByRole('textbox');
    await field.fill('With two thumbs');
    await ada.page.getByRole('button', { name: 'Save edit' }).tap();
    await expectSoon(() => query('select msg_data from chat_data')).toEqual([
      { msg_data: 'With two thumbs' },
    ]);
    await ada.page.getByRole('button', { name: 'Delete message' }).tap();
    await expectSoon(() => query('select msg_data from chat_data')).toEqual([]);
  });

  test('composer and newest message stay above the on-screen keyboard', async ({ join, query }) => {
    await query(
      `insert into chat_data (username, msg_id, msg_data, client_id)
       select 'psql', gen_random_uuid(), 'Message ' || n || '.', 'psql' from generate_series(1, 30) as n`,
    );
    const ada = await join('Ada');
    await expectShown(ada.message('Message 30.'));
    // As in Safari: the page keeps its height, and only the visual viewport shrinks.
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

  test('every button is large enough for a finger', async ({ join }) => {
    const ada = await join('Ada');
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
