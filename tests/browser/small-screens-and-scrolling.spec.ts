import { describe, expect } from 'vitest';
import type { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';
import type { Query } from '../support/stack.ts';
import { Wire } from '../support/wire.ts';

/**
 * Inserts messages under new ids: a new tab replays the deletions of earlier tests, and ignores
 * their ids from then on.
 */
function insertMessages(query: Query, count: number, after = 0): Promise<unknown> {
  return query(
    `insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
     select 'psql', gen_random_uuid(), 'Old message ' || n || ' ', 'psql', 1700000000000 + n
       from generate_series($2::int + 1, $2::int + $1::int) as n`,
    [count, after],
  );
}

/** The numbers of the visible messages, from top to bottom. */
function numbersOnScreen(chat: ChatPage): Promise<number[]> {
  return chat.log.evaluate((log) => {
    const { top, bottom } = log.getBoundingClientRect();
    return [...log.querySelectorAll('li')].flatMap((item) => {
      const box = item.getBoundingClientRect();
      return box.bottom > top && box.top < bottom
        ? [Number(/Old message (\d+)/.exec(item.textContent)?.[1])]
        : [];
    });
  });
}

describe('scrolling', () => {
  const distanceToEnd = (chat: ChatPage) =>
    chat.log.evaluate((log) => Math.round(log.scrollHeight - log.scrollTop - log.clientHeight));

  test('the list follows new messages at its end, and stays in place elsewhere', async ({ join, query }) => {
    await insertMessages(query, 40);
    const ada = await join('Ada');
    await expectShown(ada.message('Old message 40'));
    await expectSoon(() => distanceToEnd(ada)).toBeLessThan(8);

    const grace = await join('Grace');
    await grace.send('A new one');
    await expectShown(ada.message('A new one'));
    await expectSoon(() => distanceToEnd(ada)).toBeLessThan(8);

    await ada.page.bringToFront();
    await ada.log.evaluate((log) => log.scrollTo({ top: 60, behavior: 'instant' }));
    await expectSoon(() => distanceToEnd(ada)).toBeGreaterThan(100);
    // The page notices the scroll only with the browser's next frame.
    await expectShown(ada.page.getByRole('button', { name: 'Jump to latest' }));
    const before = await ada.log.evaluate((log) => log.scrollTop);
    await grace.send('Another one');
    await grace.edit('Another one', 'Another one, edited');
    await expectCount(grace.message('Another one, edited').getByRole('button', { name: /^edited/ }), 1);
    await expectShown(ada.page.getByRole('button', { name: 'Jump to latest (1 new)' }));
    expect(await ada.log.evaluate((log) => log.scrollTop)).toBe(before);
    await ada.page.bringToFront();
    await ada.page.getByRole('button', { name: 'Jump to latest' }).click();
    await expectCount(ada.message('Another one, edited'), 1);
  });

  test('scrolling up loads each older message exactly once, and keeps the visible ones in place', async ({
    join,
    query,
  }) => {
    await insertMessages(query, 330);
    const ada = await join('Ada');
    await expectShown(ada.message('Old message 330'));
    // Scrolls in strides shorter than the screen, so that every message becomes visible.
    const seen = new Set<number>();
    await expectSoon(async () => {
      const here = await numbersOnScreen(ada);
      expect(here).toEqual(here.map((_, index) => (here[0] ?? 0) + index));
      for (const number of here) seen.add(number);
      await ada.log.evaluate((log) => log.scrollBy({ top: -400, behavior: 'instant' }));
      return seen.size;
    }).toBe(330);
    await expectShown(ada.page.getByText('This is the beginning of the chat.'));
  });

  test('a reader who reaches the top while the page catches up gets older messages without scrolling again', async ({
    join,
    query,
    stack,
    context,
  }) => {
    const wire = await Wire.install(context);
    await insertMessages(query, 330);
    const ada = await join('Ada');
    await expectShown(ada.message('Old message 330'));
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    const { promise: held, resolve: hold } = Promise.withResolvers<undefined>();
    await context.route(/chat-changes/, async (route) => {
      hold(undefined);
      await released;
      await route.continue();
    });
    await wire.cut();
    await stack.restartBroker();
    await wire.mend();
    await held;
    await ada.page.bringToFront();
    await expectSoon(async () => {
      await ada.log.evaluate((log) => log.scrollTo({ top: 0, behavior: 'instant' }));
      return numbersOnScreen(ada);
    }).toContain(281);
    release(undefined);
    await expectSoon(() => ada.message('Old message 280').count()).toBe(1);
  });

  test('the page renders few of many messages at any position of the scroll bar', async ({ join, query }) => {
    await insertMessages(query, 1_000);
    const ada = await join('Ada');
    await expectShown(ada.message('Old message 1000'));
    await expectSoon(async () => {
      await ada.log.evaluate((log) => log.scrollTo({ top: 0, behavior: 'instant' }));
      return ada.page.getByText('This is the beginning of the chat.').count();
    }).toBe(1);
    for (const part of [0.9, 0.1, 0.5, 0]) {
      await ada.log.evaluate(
        (log, at) => log.scrollTo({ top: log.scrollHeight * at, behavior: 'instant' }),
        part,
      );
      await expectSoon(async () => (await numbersOnScreen(ada)).length).toBeGreaterThan(3);
      expect(await ada.messages.count()).toBeLessThan(100);
    }
    await ada.page.getByRole('button', { name: 'Jump to latest' }).click();
    await expectShown(ada.message('Old message 1000'));
    await expectSoon(() => distanceToEnd(ada)).toBeLessThan(8);
  });

  test('the message being read stays in place while others around it appear, change and disappear', async ({
    join,
    query,
  }) => {
    await insertMessages(query, 200);
    const ada = await join('Ada');
    await expectShown(ada.message('Old message 200'));
    await ada.log.evaluate((log) => log.scrollBy({ top: -1_000, behavior: 'instant' }));
    await expectShown(ada.page.getByRole('button', { name: 'Jump to latest' }));
    const [, read = 0] = await numbersOnScreen(ada);
    const top = () =>
      ada.message(`Old message ${read} `).evaluate((item) => Math.round(item.getBoundingClientRect().top));
    const before = await top();

    await query(`delete from chat_data where msg_data ~ 'message (10|15)[0-9] ' and msg_data <> $1`, [
      `Old message ${read} `,
    ]);
    await query(
      `update chat_data set msg_data = msg_data || repeat(' and more', 100) where msg_data ~ '[05] $'`,
    );
    await insertMessages(query, 30, 2_000);
    await expectShown(ada.page.getByRole('button', { name: 'Jump to latest (30 new)' }));
    expect(await top()).toBe(before);
    expect(await ada.page.title()).toBe('(30) Serverless chat');

    await ada.page.getByRole('button', { name: 'Jump to latest (30 new)' }).click();
    await expectShown(ada.message('Old message 2030'));
    await expectSoon(() => ada.page.title()).toBe('Serverless chat');
  });
});

describe('a tablet', () => {
  test.override({ screen: { viewport: { width: 1024, height: 768 } } });

  test('the button to join stays inside its column', async ({ open }) => {
    const visitor = await open();
    const button = await visitor.page.getByRole('button', { name: 'Enter', exact: true }).boundingBox();
    const column = await visitor.page.getByRole('main').boundingBox();
    if (!button || !column) throw new Error('The button and its column must be on the page');
    expect(button.x + button.width).toBeLessThanOrEqual(column.x + column.width);
  });
});

describe('a phone', () => {
  test.override({ screen: { viewport: { width: 390, height: 844 } } });

  test('the editor of the last message stays whole while it grows', async ({ join, query }) => {
    await insertMessages(query, 20);
    const ada = await join('Ada');
    await ada.send('My own');
    await expectCount(ada.page.getByRole('button', { name: 'Edit message' }), 1);
    const field = await ada.startEditing('My own');
    const overlap = async () => {
      const [editor, log] = await Promise.all([field.boundingBox(), ada.log.boundingBox()]);
      if (!editor || !log) throw new Error('The editor and the list must be on the page');
      return editor.y + editor.height - (log.y + log.height);
    };
    for (const lines of [3, 8]) {
      await field.fill('A line that fills its row on a phone. '.repeat(lines));
      await expectSoon(overlap).toBeLessThanOrEqual(0);
      await expectCount(ada.page.getByRole('button', { name: /^Jump to latest/ }), 0);
    }
  });

  test('people are in a drawer, the details in a sheet', async ({ join }) => {
    const ada = await join('Ada');
    await expectCount(ada.page.getByRole('heading', { name: 'Description and details' }), 0);
    await expectCount(ada.page.getByRole('heading', { name: 'Group chat' }), 0);
    await expectCount(ada.onlineCount(1), 0);

    await ada.page.getByRole('button', { name: /online now/i }).click();
    await expectShown(ada.onlineCount(1));
    await ada.page.keyboard.press('Escape');
    await expectCount(ada.onlineCount(1), 0);

    await ada.page.getByRole('button', { name: 'How it works' }).click();
    await expectShown(ada.page.getByRole('heading', { name: 'Description and details' }));
    await ada.page.getByRole('switch', { name: 'Show architecture diagram' }).check();
    await expectShown(ada.page.getByRole('img', { name: /^Architecture/ }));
    await expectShown(ada.page.getByRole('region', { name: 'Follow a message' }));
    await ada.page.keyboard.press('Escape');
    await expectCount(ada.page.getByRole('heading', { name: 'Description and details' }), 0);
  });

  test.for([320, 390, 768, 1009, 1010, 1440])(
    'the page never scrolls sideways at %i pixels',
    async (width, { join, query }) => {
      const ada = await join('Ada');
      await ada.page.setViewportSize({ width, height: 700 });
      await ada.send('a'.repeat(500));
      await expectSoon(() => query('select msg_id from chat_data')).toHaveLength(1);
      await expectCount(ada.messages, 1);
      const overflow = await ada.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow).toBe(0);
    },
  );
});
