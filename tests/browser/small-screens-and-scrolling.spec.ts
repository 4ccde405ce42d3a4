import { describe, expect, it } from 'vitest';
import { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { useJourney, type Journey } from '../support/journey.ts';

/** Every id is new: a tab remembers deleted ids, and the recent past that a tab replays holds those of earlier tests. */
function insertMessages(journey: Journey, count: number, after = 0): Promise<unknown> {
  return journey.query(
    `INSERT INTO chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
     SELECT 'psql', gen_random_uuid(), 'Old message ' || n || ' ', 'nobody', 1700000000000 + n
       FROM generate_series($2::int + 1, $2::int + $1::int) AS n`,
    [count, after],
  );
}

/** The numbers of the messages that can be seen, from top to bottom. */
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
  const journey = useJourney();
  const distanceToEnd = (chat: ChatPage) =>
    chat.log.evaluate((log) => Math.round(log.scrollHeight - log.scrollTop - log.clientHeight));

  it('follows new messages at the bottom, and stays where the reader is otherwise', async () => {
    await insertMessages(journey, 40);
    const ada = await ChatPage.join(journey.context, journey.stack.site, 'Ada');
    await expectShown(ada.message('Old message 40'));
    await expectSoon(() => distanceToEnd(ada)).toBeLessThan(8);

    const grace = await ChatPage.join(journey.context, journey.stack.site, 'Grace');
    await grace.send('A new one');
    await expectShown(ada.message('A new one'));
    await expectSoon(() => distanceToEnd(ada)).toBeLessThan(8);

    await ada.page.bringToFront();
    await ada.log.evaluate((log) => log.scrollTo({ top: 60, behavior: 'instant' }));
    await expectSoon(() => distanceToEnd(ada)).toBeGreaterThan(100);
    // The browser tells the page of a scroll with its next frame: only then does the page know that its reader left the end.
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

  it('loads older messages when the reader scrolls up, each exactly once, and the reader stays where they are', async () => {
    await insertMessages(journey, 330);
    const ada = await ChatPage.join(journey.context, journey.stack.site, 'Ada');
    await expectShown(ada.message('Old message 330'));
    // Up in strides shorter than the screen: every message comes by, and those that come by are in order.
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

  it('keeps few of many messages in the page, wherever the scroll bar is dragged', async () => {
    await insertMessages(journey, 1_000);
    const ada = await ChatPage.join(journey.context, journey.stack.site, 'Ada');
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

  it('keeps the message that is read in its place when others come, go or change around it', async () => {
    await insertMessages(journey, 200);
    const ada = await ChatPage.join(journey.context, journey.stack.site, 'Ada');
    await expectShown(ada.message('Old message 200'));
    await ada.log.evaluate((log) => log.scrollBy({ top: -1_000, behavior: 'instant' }));
    await expectShown(ada.page.getByRole('button', { name: 'Jump to latest' }));
    const [, read = 0] = await numbersOnScreen(ada);
    const place = () =>
      ada.message(`Old message ${read} `).evaluate((item) => Math.round(item.getBoundingClientRect().top));
    const before = await place();

    await journey.query(`DELETE FROM chat_data WHERE msg_data ~ 'message (10|15)[0-9] ' AND msg_data <> $1`, [
      `Old message ${read} `,
    ]);
    await journey.query(
      `UPDATE chat_data SET msg_data = msg_data || repeat(' and more', 100) WHERE msg_data ~ '[05] $'`,
    );
    await insertMessages(journey, 30, 2_000);
    await expectShown(ada.page.getByRole('button', { name: 'Jump to latest (30 new)' }));
    expect(await place()).toBe(before);
    expect(await ada.page.title()).toBe('(30) Serverless chat');

    await ada.page.getByRole('button', { name: 'Jump to latest (30 new)' }).click();
    await expectShown(ada.message('Old message 2030'));
    await expectSoon(() => ada.page.title()).toBe('Serverless chat');
  });
});

describe('between a phone and a desktop', () => {
  const journey = useJourney({ viewport: { width: 1024, height: 768 } });

  it('keeps the way in inside its column', async () => {
    const visitor = await ChatPage.open(journey.context, journey.stack.site);
    const button = await visitor.page.getByRole('button', { name: 'Enter', exact: true }).boundingBox();
    const column = await visitor.page.getByRole('main').boundingBox();
    if (!button || !column) throw new Error('The button and its column must be on the page');
    expect(button.x + button.width).toBeLessThanOrEqual(column.x + column.width);
  });
});

describe('on a phone', () => {
  const journey = useJourney({ viewport: { width: 390, height: 844 } });

  it('keeps presence within reach and hides what there is no room for', async () => {
    const ada = await ChatPage.join(journey.context, journey.stack.site, 'Ada');
    await expectCount(ada.page.getByRole('heading', { name: 'Description and details' }), 0);
    await expectCount(ada.page.getByRole('heading', { name: 'Group chat' }), 0);
    await expectCount(ada.onlineCount(1), 0);

    await ada.page.getByRole('button', { name: /online now/i }).click();
    await expectShown(ada.onlineCount(1));
    await ada.page.keyboard.press('Escape');
    await expectCount(ada.onlineCount(1), 0);
  });

  it.each([320, 390, 768, 1009, 1010, 1440])('never scrolls sideways at %i pixels', async (width) => {
    const ada = await ChatPage.join(journey.context, journey.stack.site, 'Ada');
    await ada.page.setViewportSize({ width, height: 700 });
    await ada.send('a'.repeat(500));
    await expectSoon(() => journey.query('SELECT msg_id FROM chat_data')).toHaveLength(1);
    await expectCount(ada.messages, 1);
    const overflow = await ada.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
  });
});
