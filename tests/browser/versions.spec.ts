import { describe, expect } from 'vitest';
import { accessibilityProblems } from '../support/accessibility.ts';
import { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';
import { swipe } from '../support/swipe.ts';

describe('the versions of a message', () => {
  test('show three edits and one by SQL word by word, also to others, and one is restored', async ({
    join,
    query,
    stored,
  }) => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    const texts = ['We meet at noon', 'We meet at one', 'We all meet at one', 'We all meet at two'];
    await ada.send('We meet at noon');
    for (const [index, text] of texts.slice(1).entries()) {
      const before = ada.message(texts[index] ?? '');
      await expectShown(before.getByRole('button', { name: 'Edit message' }));
      await ada.edit(texts[index] ?? '', text);
      await expectShown(ada.message(text).getByRole('button', { name: `edited · v${index + 2}` }));
    }
    const message = grace.messages.first();
    await expectShown(message.getByRole('button', { name: 'edited · v4' }));
    await expectCount(message.getByRole('img'), 0);

    await grace.page.bringToFront();
    await message.getByRole('button', { name: 'edited · v4' }).press('Enter');
    await expectCount(message.getByRole('tab'), 4);
    /** Without what only screen readers get. */
    const changes = () => message.locator(':is(del, ins) > span:not(.sr-only)').allTextContents();
    await expectSoon(changes).toEqual(['one', 'two']);
    await grace.page.keyboard.press('ArrowLeft');
    await expectSoon(changes).toEqual(['all']);
    expect(await accessibilityProblems(grace.page)).toEqual([]);

    // The version of an open message is added when it arrives.
    await query("update chat_data set msg_data = 'We never meet'");
    await expectShown(message.getByRole('tab', { name: /v5.*database/ }));
    await expectShown(message.getByRole('img', { name: 'changed outside the chat' }));
    await grace.page.keyboard.press('Escape');
    await expectCount(message.getByRole('tab'), 0);
    await expectSoon(() => grace.page.evaluate(() => document.activeElement?.textContent)).toContain('v5');

    const own = ada.messages.first();
    await ada.page.bringToFront();
    await own.getByRole('button', { name: 'edited · v5' }).click();
    await own.getByRole('tab', { name: /^v3/ }).click();
    await own.getByRole('button', { name: 'Restore this version' }).click();
    await expectShown(grace.message('We all meet at one').getByRole('button', { name: 'edited · v6' }));
    await expectCount(grace.message('We all meet at one').getByRole('img'), 0);
    expect(await stored()).toEqual(['We all meet at one']);
    for (const tab of [ada, grace]) expect(tab.complaints).toEqual([]);
  });
});

describe('on a phone', () => {
  test.override({ screen: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } });

  test('versions are in a sheet, in which a swipe leads from one to the next', async ({
    join,
    query,
    context,
  }) => {
    const ada = await join('Ada');
    await query(
      "insert into chat_data (username, msg_id, msg_data) values ('SQL', 'on-a-phone', 'One and two')",
    );
    await expectCount(ada.message('One and two'), 1);
    await query("update chat_data set msg_data = 'One and three' where msg_id = 'on-a-phone'");
    await ada.message('One and three').getByRole('button', { name: 'edited · v2' }).tap();
    const sheet = ada.page.getByRole('dialog');
    await expectShown(sheet.locator('ins', { hasText: 'three' }));
    expect(await accessibilityProblems(ada.page)).toEqual([]);

    const text = await sheet.getByRole('tabpanel').boundingBox();
    const finger = await context.newCDPSession(ada.page);
    await swipe(finger, 150, 250, (text?.y ?? 0) + 10);
    await expectShown(sheet.getByRole('tab', { name: /^v1/, selected: true }));
    await expectCount(sheet.locator('ins, del'), 0);
    // Not by a tap: for a moment after a swipe, Chrome takes it for the end of that movement.
    await ada.page.keyboard.press('Escape');
    await expectCount(sheet, 0);
    await expectSoon(() => ada.page.evaluate(() => document.activeElement?.textContent)).toContain('v2');
  });
});

test('in an empty chat, the line for psql changes the first message while it is watched', async ({
  join,
  query,
}) => {
  const ada = await join('Ada');
  const statement = await ada.log.locator('pre').innerText();
  await ada.send('Hello');
  await expectShown(ada.messages.getByRole('button', { name: 'Edit message' }));
  await query(statement);
  await expectShown(ada.message('Hello, said psql').getByRole('img', { name: 'changed outside the chat' }));
});

describe('the address of a message', () => {
  /**
   * A chat of 260 messages, of which a page loads the newest 50 first. Each test has its own ids: the
   * rewind of two minutes repeats deletions.
   */
  const longChat = (id: string) => `
    insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
    select 'Grace', '${id}-' || n, 'Message ' || n || repeat(' long', n % 20), 'grace', 1700000000000 + n * 60000
      from generate_series(1, 260) as n`;

  test('leads to an old message in its place, and a copied one to another', async ({
    context,
    stack,
    query,
  }) => {
    await query(longChat('old'));
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const grace = await ChatPage.open(context, `${stack.site}/?kept=1&message=old-30`);
    const found = grace.log.locator('.bubble-target');
    await expectShown(found);
    const isInView = (id: string) =>
      grace.page.evaluate((wanted) => {
        const item = document.querySelector(`[data-message-id="${wanted}"] article`);
        const box = document.querySelector('[role=log]')?.getBoundingClientRect();
        const shown = item?.getBoundingClientRect();
        return shown !== undefined && box !== undefined && shown.top >= box.top && shown.bottom <= box.bottom;
      }, id);
    await expectSoon(() => isInView('old-30')).toBe(true);
    await expectSoon(() => grace.page.evaluate(() => document.activeElement?.textContent)).toContain(
      'Message 30 ',
    );

    // Loaded, but far from what is rendered.
    await grace.page.goto(`${stack.site}/?kept=1&message=old-255`);
    await expectSoon(() => isInView('old-255')).toBe(true);
    await grace.page.goBack();
    await expectSoon(() => isInView('old-30')).toBe(true);

    const other = grace.page.locator('[data-message-id="old-31"]');
    await other.hover();
    await other.getByRole('button', { name: 'More actions' }).click();
    await other.getByRole('button', { name: 'Copy link' }).click();
    await expectSoon(() => grace.page.evaluate(() => navigator.clipboard.readText())).toBe(
      `${stack.site}/?kept=1&message=old-31`,
    );
    expect(await accessibilityProblems(grace.page)).toEqual([]);
    expect(grace.complaints).toEqual([]);
  });

  test('of a message that is gone says so', async ({ context, stack, query }) => {
    await query(longChat('older'));
    await query("delete from chat_data where msg_id = 'older-30'");
    const grace = await ChatPage.open(context, `${stack.site}/?message=older-30`);
    await expectShown(grace.page.getByText('There is no such message'));
    expect(await grace.messages.count()).toBeGreaterThan(0);
  });
});
