import { describe, expect } from 'vitest';
import type { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';
import { setTextSize } from '../support/looks/looks.ts';

const PROMISE = /^Edit any of your messages, even old ones/;

const SIZES = [
  [1440, 900],
  [1024, 768],
  [768, 1024],
  [390, 844],
  [320, 640],
  [844, 390],
  [375, 330],
] as const;

/** Whether the whole element is inside the window. */
function isOnScreen(chat: ChatPage, of: 'promise' | 'nickname' | 'composer'): Promise<boolean> {
  const locators = {
    promise: chat.page.getByText(PROMISE),
    nickname: chat.nicknameField,
    composer: chat.composer,
  };
  return locators[of].evaluate((element) => {
    const { top, bottom, left, right, height } = element.getBoundingClientRect();
    return height > 0 && top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
  });
}

describe('a visitor who has not joined', () => {
  test.for(SIZES)(
    'reads at %i×%i what is special, and the conversation',
    async ([width, height], { open, query }) => {
      await query(
        `insert into chat_data (username, msg_id, msg_data, client_id)
         select 'Grace', gen_random_uuid(), 'Message ' || n || '.', 'grace' from generate_series(1, 40) as n`,
      );
      const visitor = await open();
      await visitor.page.setViewportSize({ width, height });
      expect(await isOnScreen(visitor, 'promise')).toBe(true);
      expect(await isOnScreen(visitor, 'nickname')).toBe(true);
      await expectShown(visitor.message('Message 40.'));
      await expectSoon(() =>
        visitor.log.evaluate((log) => {
          const last = [...log.querySelectorAll('article')].at(-1)?.getBoundingClientRect();
          const box = log.getBoundingClientRect();
          return last !== undefined && last.top >= box.top && last.bottom <= box.bottom + 1;
        }),
      ).toBe(true);
      await expectCount(visitor.composer, 0);
    },
  );

  test('sees a change made by another person', async ({ open, join }) => {
    const visitor = await open();
    const ada = await join('Ada');
    await ada.send('First words');
    await expectShown(visitor.message('First words'));
    await ada.edit('First words', 'Better words');
    await expectShown(visitor.message('Better words'));
    expect(await visitor.page.getByRole('button', { name: 'Edit message' }).count()).toBe(0);
  });
});

describe('a short window', () => {
  test.for([
    [844, 390],
    [375, 330],
  ] as const)('shows the whole composer at %i×%i', async ([width, height], { join }) => {
    const ada = await join('Ada');
    await ada.page.setViewportSize({ width, height });
    await ada.send('A message');
    await expectShown(ada.message('A message'));
    expect(await isOnScreen(ada, 'composer')).toBe(true);
    const scrolls = await ada.page.evaluate(() => document.documentElement.scrollHeight > innerHeight);
    expect(scrolls).toBe(false);
  });
});

describe('the header', () => {
  test.for([
    ['a wide window', 1440, 1, { rail: true, people: false }],
    ['a tablet', 768, 1, { rail: true, people: true }],
    ['a phone', 390, 1, { rail: false, people: true }],
    ['a wide window with a text size of 200 %', 1440, 2, { rail: true, people: true }],
    ['a tablet with a text size of 200 %', 768, 2, { rail: false, people: true }],
  ] as const)('has in %s what has no column there', async ([_what, width, textSize, shown], { open }) => {
    const visitor = await open();
    await visitor.page.setViewportSize({ width, height: 900 });
    await setTextSize(visitor.page, textSize);
    const { page } = visitor;
    await expectCount(page.getByRole('navigation', { name: 'Tech stack' }), Number(shown.rail));
    await expectCount(page.getByRole('button', { name: /online now/i }), Number(shown.people));
    await expectCount(page.getByRole('button', { name: 'How it works' }), Number(shown.people));
    await expectCount(page.getByRole('complementary'), Number(!shown.people));
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
  });
});
