import { describe, expect } from 'vitest';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';
import { Wire } from '../support/wire.ts';

describe('what a person typed', () => {
  test('into two edits is kept for each, also over a reload', async ({ join, stored }) => {
    const ada = await join('Ada');
    await ada.send('First words');
    await ada.send('Second words');
    await expectCount(ada.page.getByRole('button', { name: 'Edit message' }), 2);
    await (await ada.startEditing('First words')).fill('First words, better');
    await (await ada.startEditing('Second words')).fill('Second words, better');
    await expectShown(ada.message('First words').getByRole('button', { name: 'unsaved edit' }));

    await ada.page.reload();
    await expectSoon(() => ada.log.getByRole('textbox').inputValue()).toBe('Second words, better');
    await ada.log.getByRole('textbox').press('Enter');
    await ada.message('First words').getByRole('button', { name: 'unsaved edit' }).click();
    expect(await ada.log.getByRole('textbox').inputValue()).toBe('First words, better');
    await ada.log.getByRole('textbox').press('Enter');
    await expectSoon(stored).toEqual(['First words, better', 'Second words, better']);
  });

  test('can be taken back while it waits for the connection', async ({ join, stored, context }) => {
    const wire = await Wire.install(context);
    const ada = await join('Ada');
    await ada.send('Words');
    await expectShown(ada.page.getByRole('button', { name: 'Edit message' }));
    await wire.cut();
    await ada.edit('Words', 'Hasty words');
    await expectShown(ada.page.getByText('edit will be saved when you are back online'));
    await ada.page.getByRole('button', { name: 'Cancel' }).click();
    await ada.send('Another hasty thought');
    await ada.message('Another').getByRole('button', { name: 'Edit again' }).click();
    expect(await ada.composer.inputValue()).toBe('Another hasty thought');
    await wire.mend();
    await ada.composer.fill('A calm thought');
    await ada.composer.press('Enter');
    await expectSoon(stored).toEqual(['Words', 'A calm thought']);
  });

  test('loses only what cannot be seen when it was pasted', async ({ join, stored }) => {
    const ada = await join('Ada');
    await ada.composer.evaluate((field: HTMLTextAreaElement) => {
      field.focus();
      document.execCommand('insertText', false, 'cell\u000bone\u0003 \u001b[31mred\u001b[0m');
    });
    await ada.composer.press('Enter');
    await expectSoon(stored).toEqual(['cell\none red']);
    await ada.send('\u2800\u200b\u3164');
    await ada.send('The last');
    await expectSoon(stored).toEqual(['cell\none red', 'The last']);
  });
});

describe('a deletion that could still be undone', () => {
  test('counts down visibly, waits under the pointer, and happens at once when the page is left', async ({
    join,
    stored,
  }) => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    await ada.send('Delete me');
    await expectShown(ada.page.getByRole('button', { name: 'Edit message' }));
    await ada.delete('Delete me');
    await expectShown(ada.message('Delete me').getByText(/^\([5-9] s\)$/));
    await ada.message('Delete me').getByRole('button', { name: 'Undo' }).hover();
    expect(await stored()).toEqual(['Delete me']);
    await ada.page.goto('about:blank');
    await expectSoon(stored).toEqual([]);
    await expectCount(grace.message('Delete me'), 0);
  });
});

describe('on a touch keyboard', () => {
  test.override({
    screen: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  });

  test('Enter starts a line, and the button sends', async ({ join, stored }) => {
    const ada = await join('Ada');
    await ada.composer.fill('one');
    await ada.composer.press('Enter');
    await ada.composer.pressSequentially('two');
    expect(await stored()).toEqual([]);
    expect(await ada.composer.getAttribute('enterkeyhint')).toBe('enter');
    await ada.page.getByRole('button', { name: 'Send message' }).click();
    await expectSoon(stored).toEqual(['one\ntwo']);
  });
});
