import { describe, expect } from 'vitest';
import { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';
import { translatePage } from '../support/translate.ts';

describe('a change to a message', () => {
  test('has its words marked for a moment in every other tab, and says how it was made', async ({
    join,
    query,
  }) => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    await ada.send('We meet at noon');
    await expectCount(grace.message('We meet at noon'), 1);
    expect(await grace.page.locator('mark').count()).toBe(0);

    await ada.edit('We meet at noon', 'We meet at one');
    await expectShown(grace.log.locator('mark', { hasText: /^one$/ }));
    expect(await ada.page.locator('mark').count()).toBe(0);
    await expectCount(grace.page.locator('mark'), 0);
    await expectShown(grace.message('We meet at one').getByRole('button', { name: /^edited/ }));

    await grace.page.emulateMedia({ reducedMotion: 'reduce' });
    await query("insert into chat_data (username, msg_id, msg_data) values ('SQL', 'by-sql', 'One and two')");
    await expectCount(grace.message('One and two'), 1);
    await query("update chat_data set msg_data = 'One and three' where msg_id = 'by-sql'");
    const mark = grace.log.locator('mark', { hasText: /^three$/ });
    await expectShown(mark);
    // A static tint: no animation, but another background than the bubble's.
    const style = await mark.evaluate((element) => {
      const { animationName, backgroundColor } = getComputedStyle(element);
      return { animationName, backgroundColor };
    });
    expect(style.animationName).toBe('none');
    expect(style.backgroundColor).not.toMatch(/, 0\)$|transparent/);
    await expectShown(grace.message('One and three').getByRole('img', { name: 'changed outside the chat' }));
  });

  test('is shown on a page that the browser translates', async ({ join, query }) => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    await ada.send('hello');
    await expectCount(grace.message('hello'), 1);
    await grace.page.evaluate(translatePage);
    await expectShown(grace.log.locator('font').first());

    await ada.edit('hello', 'goodbye');
    await expectCount(grace.message('goodbye'), 1);
    await expectCount(grace.message('hello'), 0);
    await ada.edit('goodbye', 'see https://example.org/a now');
    await expectCount(grace.message('see https://example.org/a now'), 1);
    await query("update chat_data set msg_data = 'by SQL', is_edited = false");
    await expectShown(grace.message('by SQL').getByRole('img', { name: 'changed outside the chat' }));

    // The page of the translating reader goes on working.
    await grace.send('I am still here');
    await expectCount(ada.message('I am still here'), 1);
    await grace.edit('I am still here', 'I am here');
    await expectCount(ada.message('I am here'), 1);
    await query('delete from chat_data');
    await expectCount(grace.messages, 0);
    expect(grace.complaints).toEqual([]);
  });
});

describe('dates', () => {
  test.for([
    { locale: 'de-DE', byline: 'on 3.5.2024 at 15:07', day: 'Freitag, 3. Mai 2024' },
    { locale: 'en-US', byline: 'on 5/3/2024 at 3:07 PM', day: 'Friday, May 3, 2024' },
  ])('follow the browser: $locale', async ({ locale, byline, day }, { browser, stack, query }) => {
    const context = await browser.newContext({ locale, timezoneId: 'UTC' });
    const at = Date.UTC(2024, 4, 3, 15, 7);
    await query('delete from chat_data');
    await query(
      `insert into chat_data (username, msg_id, msg_data, created_at_timestamp)
       values ('Ada', $1, 'Long ago', $2)`,
      [`dated-${locale}`, at],
    );
    const grace = await ChatPage.join(context, stack.site, 'Grace');
    const plain = async () => (await grace.message('Long ago').innerText()).replace(/\s/g, ' ');
    await expectSoon(plain).toContain(byline);
    expect(await plain()).toContain(day);
    await grace.close();
    await context.close();
  });
});
