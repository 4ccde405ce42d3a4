import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { useJourney } from '../support/journey.ts';

/** The same person in a second tab, as a browser's "Duplicate tab" makes one: with a copy of what the first one keeps. */
async function duplicate(page: Page): Promise<Page> {
  const kept = await page.evaluate(() => ({ ...sessionStorage }));
  const copy = await page.context().newPage();
  await copy.addInitScript((entries) => {
    if (sessionStorage.length === 0)
      for (const [key, value] of Object.entries(entries)) sessionStorage[key] = value;
  }, kept);
  await copy.goto(page.url());
  return copy;
}

describe('editing and deleting, together', () => {
  const journey = useJourney();
  const join = (nickname: string) => ChatPage.join(journey.context, journey.stack.site, nickname);
  const texts = async () =>
    (await journey.query<{ msg_data: string }>('SELECT msg_data FROM chat_data ORDER BY msg_id')).map(
      ({ msg_data }) => msg_data,
    );

  it('lets two people edit at the same time without getting into each other’s way', async () => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    await ada.send('Ada, version 1');
    await grace.send('Grace, version 1');
    for (const tab of [ada, grace]) await expectCount(tab.messages, 2);

    const adasField = await ada.startEditing('Ada, version 1');
    await adasField.fill('Ada, version 2');
    await grace.edit('Grace, version 1', 'Grace, version 2');
    await expectCount(ada.message('Grace, version 2'), 1);
    expect(await adasField.inputValue()).toBe('Ada, version 2');
    await ada.page.bringToFront();
    await adasField.press('Enter');
    for (const tab of [ada, grace]) {
      await expectCount(tab.message('Ada, version 2'), 1);
      await expectCount(tab.message('Grace, version 2'), 1);
    }
  });

  it('asks when the same person edited the same message elsewhere, and does what is chosen', async () => {
    const ada = await join('Ada');
    await ada.send('One');
    await expectCount(ada.page.getByRole('button', { name: 'Edit message' }), 1);
    const elsewhere = ChatPage.of(await duplicate(ada.page));
    await expectCount(elsewhere.page.getByRole('button', { name: 'Edit message' }), 1);
    await expectShown(ada.onlineCount(1));

    const field = await ada.startEditing('One');
    await field.fill('Mine');
    await elsewhere.edit('One', 'Theirs');
    await ada.page.bringToFront();
    await expectShown(ada.log.getByRole('alert').getByText('Theirs'));
    await field.press('Enter');
    await expectShown(field);
    expect(await texts()).toEqual(['Theirs']);
    await ada.page.getByRole('button', { name: 'Keep mine' }).click();
    await field.press('Enter');
    await expectSoon(texts).toEqual(['Mine']);
    await expectCount(elsewhere.message('Mine'), 1);

    await elsewhere.edit('Mine', 'Theirs again');
    await expectCount(ada.message('Theirs again'), 1);
    await (await ada.startEditing('Theirs again')).fill('Mine again');
    await elsewhere.edit('Theirs again', 'Theirs at last');
    await ada.page.bringToFront();
    await ada.page.getByRole('button', { name: 'Take theirs' }).click();
    await expectCount(ada.message('Theirs at last'), 1);
    expect(await texts()).toEqual(['Theirs at last']);
  });

  it('keeps what was typed when the message is deleted under the edit', async () => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    await ada.send('Doomed');
    await expectCount(grace.message('Doomed'), 1);
    await (await ada.startEditing('Doomed')).fill('Better words, long thought about');
    await journey.query('DELETE FROM chat_data');
    await expectShown(ada.page.getByText('The message that you were editing was deleted.'));
    await ada.page.getByRole('button', { name: 'Use it in a new message' }).click();
    expect(await ada.composer.inputValue()).toBe('Better words, long thought about');
    await ada.composer.press('Enter');
    await expectCount(grace.message('Better words, long thought about'), 1);
  });

  it('keeps an edit over a reload, and takes a deletion back', async () => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    await ada.send('To be kept');
    await expectCount(grace.message('To be kept'), 1);
    await (await ada.startEditing('To be kept')).fill('To be kept, half-edi');
    await ada.page.reload();
    const field = ada.log.getByRole('textbox');
    await field.waitFor();
    expect(await field.inputValue()).toBe('To be kept, half-edi');
    await field.press('Escape');

    await ada.delete('To be kept');
    await expectShown(ada.page.getByRole('button', { name: 'Undo' }));
    await ada.page.getByRole('button', { name: 'Undo' }).click();
    await expectCount(ada.page.getByRole('button', { name: 'Delete message' }), 1);
    // A later message through the same path proves that no deletion went before it.
    await ada.send('A later one');
    await expectCount(grace.message('A later one'), 1);
    expect(await texts()).toHaveLength(2);
  });
});
