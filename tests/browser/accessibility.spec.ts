import { describe, expect } from 'vitest';
import { accessibilityProblems } from '../support/accessibility.ts';
import type { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';

describe('the page for every person', () => {
  const focused = (chat: ChatPage) =>
    chat.page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute('aria-label') ?? element?.textContent.trim();
    });

  test.for([
    [1440, 900, 'dark'],
    [1440, 900, 'light'],
    [320, 640, 'dark'],
    [390, 844, 'light'],
  ] as const)(
    'axe finds no problem in any situation at %i×%i in the %s theme',
    { timeout: 180_000 },
    async ([width, height, colorScheme], { open, query, stack, context }) => {
      const ada = await open();
      await ada.page.setViewportSize({ width, height });
      await ada.page.emulateMedia({ colorScheme });
      const check = async (situation: string) => {
        const problems = await accessibilityProblems(ada.page);
        expect(problems, situation).toEqual([]);
      };
      await check('before joining');
      await ada.page.getByRole('button', { name: 'Enter', exact: true }).click();
      await check('a rejected blank nickname');
      await ada.enterAs('Ada');
      await expectShown(ada.page.getByText('No messages yet. Say hello!'));
      await check('empty');

      await query(
        `insert into chat_data (username, msg_id, msg_data, client_id, is_edited, edited_at_timestamp)
       select 'Grace', gen_random_uuid(), 'See https://example.org/' || n || ' and \`code\`' || repeat(' word', n * n * 4),
              'person-' || n, true, 1700000000000
         from generate_series(1, 12) as n`,
      );
      await ada.send('My own');
      await expectCount(ada.page.getByRole('button', { name: 'Edit message' }), 1);
      await check('busy');
      const field = await ada.startEditing('My own');
      await field.fill('My own, changed');
      await query(`update chat_data set msg_data = 'By a program' where username = 'Ada'`);
      await expectShown(ada.page.getByRole('button', { name: 'Keep mine' }));
      await check('an edit in conflict');
      await field.press('Escape');
      await ada.composer.fill('x'.repeat(4_001));
      await check('too long');
      await ada.composer.fill('');
      await ada.delete('By a program');
      await check('deleting');
      await ada.page.getByRole('button', { name: 'Undo' }).click();

      if (width >= 1_010) {
        await ada.page.getByRole('switch').check();
        await expectShown(ada.page.getByRole('img', { name: /^Architecture/ }));
        await check('the diagram');
      } else {
        await ada.page.getByRole('button', { name: /online now/i }).click();
        await expectShown(ada.page.getByRole('dialog'));
        await check('the drawer');
        await ada.page.keyboard.press('Escape');
        await ada.page.getByRole('button', { name: 'How it works' }).click();
        await ada.page.getByRole('switch').check();
        await expectShown(ada.page.getByRole('img', { name: /^Architecture/ }));
        await check('the sheet');
        await ada.page.keyboard.press('Escape');
      }
      await context.setOffline(true);
      await stack.restartBroker();
      await expectShown(ada.page.getByText(/^Offline since/));
      await ada.send('Waits');
      await check('offline');
      // Online again, the tab leaves presence at once, so the next test starts with an empty set.
      await context.setOffline(false);
      await expectShown(ada.page.getByText('Back online.'));
    },
  );

  test('a person joins, writes, edits, undoes a deletion and opens the diagram by keyboard alone', async ({
    open,
    query,
  }) => {
    const ada = await open();
    const { keyboard } = ada.page;
    const tabTo = async (name: string | RegExp) => {
      const wanted = (found?: string | null) =>
        typeof name === 'string' ? found === name : name.test(found ?? '');
      for (let presses = 0; presses < 40; presses += 1) {
        await keyboard.press('Tab');
        if (wanted(await focused(ada))) return;
      }
      throw new Error(`${name} was not reached with Tab; the focus is on ${await focused(ada)}`);
    };
    await tabTo('Add a nickname');
    await keyboard.type('Ada');
    await keyboard.press('Enter');
    await expectSoon(() => focused(ada)).toBe('Write a message...');
    await keyboard.type('Line one');
    await keyboard.press('Shift+Enter');
    await keyboard.type('line two');
    await keyboard.press('Enter');
    await expectCount(ada.page.getByRole('button', { name: 'Edit message' }), 1);
    expect(await focused(ada)).toBe('Write a message...');

    await keyboard.press('ArrowUp');
    await expectSoon(() => focused(ada)).toBe('Edit your message');
    await keyboard.type(', better');
    await keyboard.press('Enter');
    await expectSoon(() => query('select msg_data from chat_data')).toEqual([
      { msg_data: 'Line one\nline two, better' },
    ]);
    await expectSoon(() => focused(ada)).toBe('Write a message...');
    await expectCount(ada.page.getByRole('button', { name: 'Edit message' }), 1);

    await expectShown(ada.page.getByRole('button', { name: /show the way of this message$/ }));
    await keyboard.press('Shift+Tab');
    await expectSoon(() => focused(ada)).toMatch(/show the way of this message$/);
    await keyboard.press('Shift+Tab');
    await expectSoon(() => focused(ada)).toBe('Delete message');
    await keyboard.press('Enter');
    await expectSoon(() => focused(ada)).toBe('Undo');
    await keyboard.press('Enter');
    await expectSoon(() => focused(ada)).toBe('Edit message');
    await tabTo(/^Show architecture diagram|^$/);
    await keyboard.press('Space');
    await expectShown(ada.page.getByRole('img', { name: /^Architecture/ }));
  });

  test('a screen reader finds landmarks, headings and named controls', async ({ join }) => {
    const ada = await join('Ada');
    await expectShown(ada.onlineCount(1));
    await ada.send('Hello');
    await expectCount(ada.page.getByRole('button', { name: 'Edit message' }), 1);
    const tree = await ada.page.locator('body').ariaSnapshot();
    const outline = [
      'banner',
      'heading "Scalable serverless realtime messaging demo" [level=1]',
      'navigation "Source code"',
      'navigation "Tech stack"',
      'region "Online now (1)"',
      'main "Group chat"',
      'log "Messages"',
      'list',
      'button "Edit message"',
      'button "Delete message"',
      'textbox "Write a message..."',
      'button "Send message"',
      'complementary "Description and details"',
      'switch "Show architecture diagram"',
    ];
    for (const line of outline) expect(tree).toContain(line);
    expect(await ada.log.getAttribute('aria-live')).toBe('off');

    const grace = await join('Grace');
    await grace.send('Can you hear me?');
    await expectShown(ada.message('Can you hear me?'));
    await expectSoon(() => ada.page.getByRole('status').allTextContents()).toContain(
      'Grace: Can you hear me?',
    );
  });

  test('the page works at 400 % zoom, where a window of 1280×1024 becomes 320×256', async ({ join }) => {
    const ada = await join('Ada');
    await ada.page.setViewportSize({ width: 320, height: 256 });
    await ada.send('Still here');
    await expectCount(ada.page.getByRole('button', { name: 'Edit message' }), 1);
    await ada.page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
    await expectSoon(async () => {
      const box = await ada.composer.boundingBox();
      return box && [Math.min(box.y, 0), Math.max(box.y + box.height, 256)];
    }).toEqual([0, 256]);
    const overflow = await ada.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
  });

  test('nothing moves for a person who prefers reduced motion', async ({ open }) => {
    const ada = await open();
    await ada.page.emulateMedia({ reducedMotion: 'reduce' });
    await ada.page.setViewportSize({ width: 390, height: 844 });
    await ada.page.getByRole('button', { name: /online now/i }).click();
    const moving = await ada.page.evaluate(
      () => document.getAnimations().filter(({ playState }) => playState === 'running').length,
    );
    expect(moving).toBe(0);
  });
});
