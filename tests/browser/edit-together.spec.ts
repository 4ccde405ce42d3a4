import { describe, expect } from 'vitest';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';

describe('editing and deleting together', () => {
  test('two people edit their own messages at the same time, undisturbed', async ({ join }) => {
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

  test('an author whose message is changed by SQL during an edit chooses which text wins', async ({
    join,
    query,
    stored,
  }) => {
    const change = (text: string) => query('update chat_data set msg_data = $1', [text]);
    const ada = await join('Ada');
    await ada.send('One');
    await expectCount(ada.page.getByRole('button', { name: 'Edit message' }), 1);
    const reader = await join('Grace');

    const field = await ada.startEditing('One');
    await field.fill('Mine');
    await change('Theirs');
    await expectShown(ada.log.getByRole('alert').getByText('Theirs'));
    await field.press('Enter');
    await expectShown(field);
    expect(await stored()).toEqual(['Theirs']);
    await ada.page.getByRole('button', { name: 'Keep mine' }).click();
    await field.press('Enter');
    await expectSoon(stored).toEqual(['Mine']);
    await expectCount(reader.message('Mine'), 1);

    await change('Theirs again');
    await expectCount(ada.message('Theirs again'), 1);
    await (await ada.startEditing('Theirs again')).fill('Mine again');
    await change('Theirs at last');
    await ada.page.getByRole('button', { name: 'Take theirs' }).click();
    await expectCount(ada.message('Theirs at last'), 1);
    expect(await stored()).toEqual(['Theirs at last']);
  });

  test('an edit survives the deletion of its message and becomes a new message', async ({ join, query }) => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    await ada.send('Doomed');
    await expectCount(grace.message('Doomed'), 1);
    await (await ada.startEditing('Doomed')).fill('Better words, long thought about');
    await query('delete from chat_data');
    await expectShown(ada.page.getByText('The message you were editing was deleted.'));
    await ada.page.getByRole('button', { name: 'Use it in a new message' }).click();
    expect(await ada.composer.inputValue()).toBe('Better words, long thought about');
    await ada.composer.press('Enter');
    await expectCount(grace.message('Better words, long thought about'), 1);
  });

  test('an edit survives a reload, and a deletion can be undone', async ({ join, stored }) => {
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
    // A later message on the same path arrives after any deletion, so it proves that there was
    // none.
    await ada.send('A later one');
    await expectCount(grace.message('A later one'), 1);
    expect(await stored()).toHaveLength(2);
  });
});
