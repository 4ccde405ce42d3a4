import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import type { ChatPage } from '../support/chat-page.ts';
import { test as onJourney } from '../support/journey.ts';
import { Wire } from '../support/wire.ts';

/** A room of 3,000 messages. */
const test = onJourney
  .extend('room', async ({ query, context }) => {
    // Like every fixture: after the context, which empties the chat.
    void context;
    await query(
      `insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
       select 'psql', gen_random_uuid(), 'Number ' || n || '.', 'psql', 1700000000000 + n
         from generate_series(1, 3000) as n`,
    );
  })
  .extend(
    'edit',
    ({ query }) =>
      (n: number, text: string) =>
        query('update chat_data set msg_data = $2 where msg_data = $1', [
          `Number ${n}.`,
          `Number ${n}. ${text}`,
        ]),
  );

/** The numbers of all rendered messages, from top to bottom. */
function numbersOf(chat: ChatPage): Promise<number[]> {
  return chat.log.evaluate((log) =>
    [...log.querySelectorAll('li')].map((item) => Number(/Number (\d+)\./.exec(item.textContent)?.[1])),
  );
}

async function expectWithoutGap(chat: ChatPage): Promise<void> {
  const numbers = await numbersOf(chat);
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
}

/**
 * Scrolls until message `n` is rendered, which only the part around the reader is. Pages that load
 * above move the reader, so the next step may have to go down.
 */
async function scrollTo(chat: ChatPage, n: number): Promise<void> {
  await chat.page.bringToFront();
  await expectSoon(async () => {
    const numbers = await numbersOf(chat);
    const top = n > Math.max(...numbers) ? 600 : -600;
    if (!numbers.includes(n))
      await chat.log.evaluate((log, by) => log.scrollBy({ top: by, behavior: 'instant' }), top);
    return numbers;
  }).toContain(n);
}

/** Counts the requests for messages that a page sends from now on. */
function countReads(page: Page): () => number {
  let count = 0;
  page.on('request', (request) => {
    if (/chat-(history|changes)/.test(request.url())) count += 1;
  });
  return () => count;
}

describe('an edit of an old message', () => {
  test('by SQL, before and after joining, leaves the list without a gap and shows when it is reached', async ({
    room: _room,
    join,
    edit,
  }) => {
    await edit(2_800, 'Edited before joining.');
    const ada = await join('Ada');
    await expectShown(ada.message('Number 3000.'));
    await edit(1_500, 'Edited after joining.');
    await edit(2_990, 'Edited on the screen.');
    // Row changes arrive in order, so the older edit has arrived too.
    await expectShown(ada.message('Edited on the screen.'));
    await expectCount(ada.message('Edited after joining.'), 0);
    await expectWithoutGap(ada);

    await scrollTo(ada, 2_800);
    await expectShown(ada.message('Edited before joining.'));
    await expectWithoutGap(ada);
  });

  test('is caught up with after a lost connection, in at most three requests', async ({
    room: _room,
    join,
    edit,
    query,
    stack,
    context,
  }) => {
    const wire = await Wire.install(context);
    const ada = await join('Ada');
    await expectShown(ada.message('Number 3000.'));
    await scrollTo(ada, 2_700);
    await wire.cut();
    await expectShown(ada.page.getByText(/^Offline since/));
    await edit(2_701, 'Edited while away.');
    await edit(100, 'Edited far above.');
    await query(`delete from chat_data where msg_data = 'Number 2702.'`);
    await query(
      `insert into chat_data (username, msg_id, msg_data, client_id) values ('psql', 'new', 'Number 3001.', 'psql')`,
    );
    const reads = countReads(ada.page);
    // A restarted broker resumes no connection, as after a long absence.
    await stack.restartBroker();
    await wire.mend();
    await expectShown(ada.message('Edited while away.'));
    await expectCount(ada.message('Number 2702.'), 0);
    expect(reads()).toBeGreaterThan(0);
    expect(reads()).toBeLessThanOrEqual(3);
    await ada.page.getByRole('button', { name: /^Jump to latest/ }).click();
    await expectShown(ada.message('Number 3001.'));
  });

  test('among very many changes starts the list anew, and says so', async ({
    room: _room,
    join,
    query,
    stack,
    context,
  }) => {
    const wire = await Wire.install(context);
    const ada = await join('Ada');
    await expectShown(ada.message('Number 3000.'));
    await scrollTo(ada, 2_700);
    await wire.cut();
    await expectShown(ada.page.getByText(/^Offline since/));
    await query(
      `update chat_data set msg_data = msg_data || ' Again.' where msg_data like 'Number 2_00.' or msg_data like 'Number 29__.'`,
    );
    await query(`update chat_data set msg_data = msg_data || ' Again.' where msg_data like 'Number 28__.'`);
    const reads = countReads(ada.page);
    await stack.restartBroker();
    await wire.mend();
    await expectShown(ada.page.getByText(/^A lot happened while you were away/));
    expect(reads()).toBeLessThanOrEqual(3);
    await expectWithoutGap(ada);
    await expectCount(ada.message('Number 2999. Again.'), 1);
  });
});
