import { describe, expect } from 'vitest';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test as journey } from '../support/journey.ts';

const test = journey.extend(
  'revisions',
  ({ query }) =>
    () =>
      query('select msg_data, revision from chat_data'),
);

describe('writing and editing', () => {
  test('the page rejects a blank nickname and a blank message', async ({ open, revisions }) => {
    const chat = await open();
    await chat.nicknameField.fill('   ');
    await chat.page.getByRole('button', { name: 'Enter', exact: true }).click();
    await expectCount(chat.composer, 0);
    await chat.enterAs('Ada');
    await chat.send('   ');
    await chat.send('The first real one');
    await expectCount(chat.messages, 1);
    await expectSoon(revisions).toEqual([{ msg_data: 'The first real one', revision: 1 }]);
  });

  test('an edit that is cancelled, unchanged or empty leaves the message as it was', async ({
    join,
    revisions,
  }) => {
    const ada = await join('Ada');
    await ada.send('As it is');
    const field = await ada.startEditing('As it is');
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
    await field.fill('Something else');
    await field.press('Escape');
    await expectCount(ada.message('As it is'), 1);

    const again = await ada.startEditing('As it is');
    await again.press('Enter');
    await again.waitFor({ state: 'detached' });

    const emptied = await ada.startEditing('As it is');
    await emptied.fill('   ');
    await emptied.press('Enter');
    await expectShown(emptied);
    await emptied.press('Escape');

    // A later message on the same path arrives last, so it proves that none of the three published
    // anything.
    await ada.send('A later one');
    await expectSoon(async () => (await revisions()).length).toBe(2);
    expect(await revisions()).toContainEqual({ msg_data: 'As it is', revision: 1 });
  });

  test('a message can be edited repeatedly, by button and by key', async ({ join, revisions }) => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    await ada.send('Version 1');
    await ada.edit('Version 1', 'Version 2');
    await expectCount(grace.message('Version 2'), 1);
    const field = await ada.startEditing('Version 2');
    await field.fill('Version 3');
    await ada.log.getByRole('button', { name: 'Save' }).click();
    await expectCount(grace.message('Version 3'), 1);
    await expectSoon(revisions).toEqual([{ msg_data: 'Version 3', revision: 3 }]);
  });

  test('a changed row does not overwrite an edit in progress', async ({ join, query }) => {
    const ada = await join('Ada');
    await ada.send('Mine');
    const field = await ada.startEditing('Mine');
    await field.fill('Mine, half-written');
    await query(`update chat_data set msg_data = 'Changed elsewhere'`);
    await query(
      `insert into chat_data (username, msg_id, msg_data, client_id) values ('psql', 'after', 'Came after', 'x')`,
    );
    await expectCount(ada.message('Came after'), 1);
    expect(await field.inputValue()).toBe('Mine, half-written');
    await field.press('Escape');
    await expectCount(ada.message('Changed elsewhere'), 1);
  });

  test('Enter does not send a word that an input method is composing', async ({ join }) => {
    const ada = await join('Ada');
    await ada.composer.fill('にほ');
    await ada.composer.evaluate((element) =>
      element.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }),
      ),
    );
    expect(await ada.composer.inputValue()).toBe('にほ');
    await ada.send('にほん');
    await expectCount(ada.messages, 1);
    await expectCount(ada.message('にほん'), 1);
  });

  test('markup and script are shown as text', async ({ join }) => {
    const ada = await join('<b>Ada</b>');
    const text = '<img src=x onerror="document.title=\'broken\'"> <script>document.title="broken"</script>';
    await ada.send(text);
    await expectCount(ada.message(text), 1);
    expect(await ada.page.title()).not.toContain('broken');
    expect(ada.complaints).toEqual([]);
  });
});
