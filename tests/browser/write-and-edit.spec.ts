import { describe, expect, it } from 'vitest';
import { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { useJourney } from '../support/journey.ts';

describe('writing and editing', () => {
  const journey = useJourney();
  const join = (nickname: string) => ChatPage.join(journey.context, journey.stack.site, nickname);
  const revisions = () => journey.query('SELECT msg_data, revision FROM chat_data');

  it('refuses a blank nickname and a blank message', async () => {
    const chat = await ChatPage.open(journey.context, journey.stack.site);
    await chat.nicknameField.fill('   ');
    await chat.page.getByRole('button', { name: 'Enter', exact: true }).click();
    await expectCount(chat.composer, 0);
    await chat.enterAs('Ada');
    await chat.send('   ');
    await chat.send('The first real one');
    await expectCount(chat.messages, 1);
    await expectSoon(revisions).toEqual([{ msg_data: 'The first real one', revision: 1 }]);
  });

  it('leaves the message as it was on Escape, on an unchanged text and on an empty one', async () => {
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

    // A later message through the same path proves that none of the three published anything before it.
    await ada.send('A later one');
    await expectSoon(async () => (await revisions()).length).toBe(2);
    expect(await revisions()).toContainEqual({ msg_data: 'As it is', revision: 1 });
  });

  it('can be edited again and again, by both buttons and keys', async () => {
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

  it('does not overwrite an edit in progress when the row changes meanwhile', async () => {
    const ada = await join('Ada');
    await ada.send('Mine');
    const field = await ada.startEditing('Mine');
    await field.fill('Mine, half-written');
    await journey.query(`UPDATE chat_data SET msg_data = 'Changed elsewhere'`);
    await journey.query(
      `INSERT INTO chat_data (username, msg_id, msg_data, client_id) VALUES ('psql', 'after', 'Came after', 'x')`,
    );
    await expectCount(ada.message('Came after'), 1);
    expect(await field.inputValue()).toBe('Mine, half-written');
    await field.press('Escape');
    await expectCount(ada.message('Changed elsewhere'), 1);
  });

  it('does not send half a word while an input method composes it', async () => {
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

  it('shows markup and script as the text that they are', async () => {
    const ada = await join('<b>Ada</b>');
    const text = '<img src=x onerror="document.title=\'broken\'"> <script>document.title="broken"</script>';
    await ada.send(text);
    await expectCount(ada.message(text), 1);
    expect(await ada.page.title()).not.toContain('broken');
    expect(ada.complaints).toEqual([]);
  });
});
