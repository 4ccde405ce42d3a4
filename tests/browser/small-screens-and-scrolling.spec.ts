import { describe, expect, it } from 'vitest';
import { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { useJourney, type Journey } from '../support/journey.ts';

/** Every id is new: a tab remembers deleted ids, and the recent past that a tab replays holds those of earlier tests. */
function insertMessages(journey: Journey, count: number): Promise<unknown> {
  return journey.query(
    `INSERT INTO chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
     SELECT 'psql', gen_random_uuid(), 'Old message ' || n, 'nobody', 1700000000000 + n FROM generate_series(1, $1) AS n`,
    [count],
  );
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

    await ada.log.evaluate((log) => log.scrollTo({ top: 60, behavior: 'instant' }));
    await expectSoon(() => distanceToEnd(ada)).toBeGreaterThan(100);
    const before = await ada.log.evaluate((log) => log.scrollTop);
    await grace.send('Another one');
    await grace.edit('Another one', 'Another one, edited');
    await expectCount(ada.message('Another one, edited'), 1);
    expect(await ada.log.evaluate((log) => log.scrollTop)).toBe(before);
  });

  it('loads older messages when the reader scrolls up, each exactly once', async () => {
    await insertMessages(journey, 130);
    const ada = await ChatPage.join(journey.context, journey.stack.site, 'Ada');
    await expectShown(ada.message('Old message 130'));
    await expectSoon(async () => {
      await ada.log.evaluate((log) => log.scrollTo({ top: 0, behavior: 'instant' }));
      return ada.messages.count();
    }).toBe(130);
    const texts = await ada.messages.allTextContents();
    const numbers = texts.map((text) => Number(/Old message (\d+)/.exec(text)?.[1]));
    expect(numbers).toEqual(Array.from({ length: 130 }, (_, index) => index + 1));
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
