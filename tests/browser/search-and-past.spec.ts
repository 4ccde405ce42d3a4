import { readFile } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import { accessibilityProblems } from '../support/accessibility.ts';
import { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';

/** Opens the search with its keys and types words. */
async function search({ page }: ChatPage, words: string) {
  await page.bringToFront();
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', { name: 'Words to search for' });
  await field.fill(words);
  return { field, results: page.getByRole('option') };
}

describe('the words of an earlier version', () => {
  test('are found, and lead to the message in its place, with that version open', async ({ join }) => {
    const ada = await join('Ada');
    await ada.send('We meet at noon');
    await expectShown(ada.message('noon').getByRole('button', { name: 'Edit message' }));
    await ada.edit('noon', 'We meet at one');
    await expectShown(ada.message('at one').getByRole('button', { name: 'edited · v2' }));
    const { results } = await search(ada, 'meet noo');
    await expectShown(results.filter({ hasText: 'said in v1, since edited' }));
    await expectSoon(() => results.locator('mark').allTextContents()).toEqual(['meet', 'noo']);
    expect(await accessibilityProblems(ada.page)).toEqual([]);
    await ada.page.keyboard.press('Enter');
    await expectShown(ada.messages.first().getByRole('tab', { name: /^v1/, selected: true }));
    await expectCount(ada.page.getByRole('dialog'), 0);

    // Escape closes, also with words in the field, and returns the focus.
    await ada.composer.focus();
    const { field } = await search(ada, 'meet');
    await field.press('Escape');
    await expectCount(ada.page.getByRole('dialog'), 0);
    await expectSoon(() => ada.composer.evaluate((box) => box === document.activeElement)).toBe(true);
    expect(ada.complaints).toEqual([]);
  });
});

describe('an earlier time', () => {
  test('shows the old words, has an address for another tab, and ends where the chat is', async ({
    join,
    context,
    query,
  }) => {
    await query(`
      insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
      select 'Grace', 'old-' || n, 'Message ' || n, 'grace', 1700000000000 + n * 60000
        from generate_series(1, 120) as n`);
    const ada = await join('Ada');
    await ada.send('We meet at noon');
    await expectShown(ada.message('noon').getByRole('button', { name: 'Edit message' }));
    await ada.edit('noon', 'We meet at one');
    await expectShown(ada.message('at one').getByRole('button', { name: 'edited · v2' }));
    await ada.composer.fill('Half a thought');

    await ada.page.getByRole('button', { name: 'Show the chat at an earlier time' }).click();
    const past = ada.page.getByRole('region', { name: 'Messages of that time' });
    await expectShown(past.getByText('We meet at one'));
    await expectSoon(() => ada.page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe(
      'range',
    );
    await expectSoon(() => ada.page.getByRole('slider').getAttribute('aria-disabled')).toBe('false');
    // To the edit, and to just before it.
    for (const key of ['ArrowLeft', 'ArrowLeft']) await ada.page.keyboard.press(key);
    await expectShown(past.getByText('We meet at noon'));
    await expectSoon(() => ada.page.url()).toMatch(/\?at=\d+$/);
    expect(await accessibilityProblems(ada.page)).toEqual([]);

    const other = ChatPage.of(await context.newPage());
    await other.page.goto(ada.page.url());
    const theirs = other.page.getByRole('region', { name: 'Messages of that time' });
    await expectShown(theirs.getByText('We meet at noon'));
    await expectCount(other.page.getByText('We meet at one'), 0);
    await theirs.focus();
    await expectSoon(async () => {
      await other.page.keyboard.press('Home');
      return theirs.getByText('This is the beginning of the chat.').isVisible();
    }).toBe(true);

    await ada.page.bringToFront();
    await ada.page.getByRole('button', { name: 'Back to now' }).click();
    await expectShown(ada.message('We meet at one'));
    expect(await ada.composer.inputValue()).toBe('Half a thought');
    await ada.page.goBack();
    await expectShown(past.getByText('We meet at noon'));
    for (const tab of [ada, other]) expect(tab.complaints).toEqual([]);
  });

  test('shows a message whose address is too far back for the list', async ({ context, stack, query }) => {
    await query(`
      insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
      select 'Grace', 'old-' || n, 'Message ' || n, 'grace', 1700000000000 + n * 60000
        from generate_series(1, 2500) as n`);
    const grace = await ChatPage.open(context, `${stack.site}/?message=old-7`);
    await expectShown(grace.page.locator('section .bubble-target', { hasText: 'Message 7' }));
    expect(new URL(grace.page.url()).search).toBe('?message=old-7&at=1700000420000');
    expect(grace.complaints).toEqual([]);
  });
});

test('of a deleted message nothing is found by search, its versions, the past and a transcript', async ({
  join,
  stack,
  query,
}) => {
  const ada = await join('Ada');
  await ada.send('My password is swordfish');
  await ada.send('Something else');
  await expectShown(ada.message('swordfish').getByRole('button', { name: 'Edit message' }));
  await ada.edit('swordfish', 'My password is a secret');
  await expectShown(ada.message('a secret').getByRole('button', { name: 'edited · v2' }));
  const [row] = await query<{ msg_id: string; at: string }>(
    "select msg_id, created_at_timestamp as at from chat_data where msg_data like 'My%'",
  );
  const { results, field } = await search(ada, 'swordfish');
  await expectCount(results, 1);
  await field.press('Escape');
  await ada.delete('a secret');
  await expectSoon(() => query("select from chat_data where msg_data like 'My%'")).toEqual([]);

  const again = await search(ada, 'swordfish');
  await expectShown(ada.page.getByText('No message contains these words.'));
  await again.field.press('Escape');
  const answer = await fetch(`${stack.site}/.netlify/functions/message-versions?id=${row?.msg_id}`);
  expect(answer.status).toBe(404);

  await ada.page.goto(`${stack.site}/?at=${Number(row?.at) + 1}`);
  const past = ada.page.getByRole('region', { name: 'Messages of that time' });
  await expectShown(past.getByText('This message was deleted later.'));
  expect(await ada.page.content()).not.toMatch(/swordfish|a secret/);
  expect(await transcript(ada)).not.toMatch(/swordfish|a secret/);
  expect(ada.complaints).toEqual([]);
});

test('the conversation is downloaded with what edited messages said before', async ({ join }) => {
  const ada = await join('Ada');
  await ada.send('# Big plans');
  await expectShown(ada.message('Big').getByRole('button', { name: 'Edit message' }));
  await ada.edit('Big', 'Small plans');
  await expectShown(ada.message('Small').getByRole('button', { name: 'edited · v2' }));
  const text = await transcript(ada, async () => {
    expect(await accessibilityProblems(ada.page)).toEqual([]);
    await ada.page.getByRole('checkbox').check();
  });
  expect(text).toMatch(/^# Group chat\n\nAs of .+ UTC, 1 message\.\n\n\*\*Ada\*\*, .+ \(edited, v2\):/);
  expect(text).toMatch(/\nv1, .+:\n\n> \\# Big plans\n\nv2, .+:\n\n> Small plans\n$/);
  expect(ada.complaints).toEqual([]);
});

/** Downloads the conversation. @param prepare what a person does before */
async function transcript({ page }: ChatPage, prepare = async () => {}): Promise<string> {
  await page.getByRole('button', { name: 'Download the conversation' }).click();
  const start = page.getByRole('button', { name: 'Download', exact: true });
  await start.waitFor();
  await prepare();
  const [download] = await Promise.all([page.waitForEvent('download'), start.click()]);
  await expectShown(page.getByText(/^Downloaded: /));
  return readFile(await download.path(), 'utf8');
}
