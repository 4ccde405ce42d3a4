import { describe, expect } from 'vitest';
import { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';
import { Wire } from '../support/wire.ts';

const ownMessages = ({ page }: ChatPage) => page.getByRole('button', { name: 'Edit message' });
const offer = ({ page }: ChatPage, name: string) =>
  page.getByRole('button', { name: `Continue as ${name} (last used` });
const press = (chat: ChatPage, name: string) => chat.page.getByRole('button', { name, exact: true }).click();

/** Opens the page in a tab that starts with a copy of this one's sessionStorage. */
async function duplicate({ page }: ChatPage): Promise<ChatPage> {
  const opened = page.waitForEvent('popup');
  await page.evaluate(() => void window.open(window.location.href));
  const copy = ChatPage.of(await opened);
  await copy.nicknameField.waitFor();
  return copy;
}

describe('one identity, one live tab', () => {
  test('a duplicated tab is a new person, who takes nothing of the original', async ({
    context,
    join,
    stored,
  }) => {
    const wire = await Wire.install(context);
    const ada = await join('Ada');
    await ada.send('By the original');
    await expectCount(ownMessages(ada), 1);
    await wire.cut();
    await ada.send('Written offline');
    await ada.composer.fill('Half a sen');

    const copy = await duplicate(ada);
    const storage = await copy.page.evaluate(() => JSON.stringify({ ...sessionStorage }));
    expect(storage).not.toMatch(/Ada|Written offline|Half a sen/);
    await wire.mend();
    await expectSoon(stored).toEqual(['By the original', 'Written offline']);

    await copy.enterAs('Copy');
    for (const tab of [ada, copy]) await expectShown(tab.onlineCount(2));
    await expectCount(copy.messages, 2);
    await expectCount(ownMessages(copy), 0);
    expect(await copy.composer.inputValue()).toBe('');
    await copy.send('By the copy');
    await expectCount(ownMessages(copy), 1);
    await expectCount(ada.messages, 3);
    await expectCount(ownMessages(ada), 2);
    expect(await ada.composer.inputValue()).toBe('Half a sen');
    expect([...ada.complaints, ...copy.complaints]).toEqual([]);
  });

  test('both a tab and its duplicate keep their own identity over reloads', async ({ join, open }) => {
    const ada = await join('Ada');
    // Waits for their identities to become free.
    const visitor = await open();
    const copy = await duplicate(ada);
    await copy.enterAs('Copy');
    await ada.send('By the original');
    await copy.send('By the copy');
    for (let round = 0; round < 3; round += 1) {
      for (const tab of [ada, copy]) {
        await tab.page.reload();
        await expectCount(tab.messages, 2);
        await expectCount(ownMessages(tab), 1);
      }
    }
    await expectShown(ada.onlineCount(2));
    await expectCount(visitor.page.getByRole('button', { name: /^Continue as/ }), 0);
  });
});

describe('a person of a closed tab', () => {
  test('continues in a new tab, edits an old message, and what was not sent is sent', async ({
    context,
    join,
    open,
    stored,
  }) => {
    const wire = await Wire.install(context);
    const ada = await join('Ada');
    const grace = await join('Grace');
    await ada.send('An old messige');
    await expectCount(grace.message('An old messige'), 1);
    await wire.cut();
    await ada.send('Not sent yet');
    await ada.composer.fill('Half a sen');
    await ada.close();
    await wire.mend();

    const back = await open();
    await offer(back, 'Ada').click();
    await back.composer.waitFor();
    expect(await back.composer.inputValue()).toBe('Half a sen');
    await expectSoon(stored).toEqual(['An old messige', 'Not sent yet']);
    await expectCount(ownMessages(back), 2);
    await back.edit('An old messige', 'An old message');
    await expectCount(grace.message('An old message'), 1);
    await expectShown(grace.onlineCount(2));
    expect([...back.complaints, ...grace.complaints]).toEqual([]);
  });

  test('is offered when the tab closes, to every new tab, and only one of them continues', async ({
    join,
    open,
  }) => {
    const ada = await join('Ada');
    const [first, second] = [await open(), await open()];
    await expectCount(offer(first, 'Ada'), 0);
    await ada.close();
    for (const tab of [first, second]) await expectShown(offer(tab, 'Ada'));
    // Found before either is clicked: the other disappears at once.
    const offers = await Promise.all([first, second].map((tab) => offer(tab, 'Ada').elementHandle()));
    await Promise.all(
      offers.map((button) => button?.evaluate((element) => (element as HTMLElement).click())),
    );
    const joined = async () => (await first.composer.count()) + (await second.composer.count());
    await expectSoon(joined).toBe(1);
    for (const tab of [first, second]) await expectCount(offer(tab, 'Ada'), 0);
    await expectShown(first.onlineCount(1));
  });

  test('is forgotten when someone says so', async ({ join, open }) => {
    const ada = await join('Ada');
    await ada.close();
    const tab = await open();
    await press(tab, 'Forget Ada in this browser');
    await press(tab, 'Forget');
    await expectCount(offer(tab, 'Ada'), 0);
    await tab.page.reload();
    await tab.nicknameField.waitFor();
    const kept = await tab.page.evaluate(() => JSON.stringify({ ...localStorage }));
    expect(kept).not.toMatch(/chat\.|Ada/);
  });
});

describe('the name of a person', () => {
  test('can be changed: other tabs see it, and it signs further messages', async ({ join, query }) => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    await expectShown(grace.page.getByText('Ada', { exact: true }));
    await press(ada, 'Change name');
    const field = ada.page.getByRole('textbox', { name: 'Your new nickname' });
    await field.fill('Augusta');
    await field.press('Enter');
    await expectShown(grace.page.getByText('Augusta', { exact: true }));
    await expectCount(grace.page.getByText('Ada', { exact: true }), 0);
    await ada.send('Under my new name');
    await expectSoon(() => query('select username from chat_data')).toEqual([{ username: 'Augusta' }]);
    await ada.page.reload();
    await expectShown(ada.page.getByText('You are Augusta'));
  });

  test('leaves with the person, who can come back in the same tab', async ({ join }) => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    await ada.send('Before I leave');
    await expectCount(ownMessages(ada), 1);
    await press(ada, 'Leave');
    await ada.nicknameField.waitFor();
    await expectShown(grace.onlineCount(1));
    expect(await ada.nicknameField.evaluate((field) => field === document.activeElement)).toBe(true);

    await ada.enterAs('Someone else');
    await expectShown(grace.onlineCount(2));
    await expectCount(ada.messages, 1);
    await expectCount(ownMessages(ada), 0);
    await press(ada, 'Leave');
    await offer(ada, 'Ada').click();
    await expectCount(ownMessages(ada), 1);
    await expectShown(grace.onlineCount(2));
    await expectShown(ada.page.getByText('You are Ada'));
    expect(ada.complaints).toEqual([]);
  });

  test('is not left before the person knows what is not sent', async ({ context, join, stored }) => {
    const wire = await Wire.install(context);
    const ada = await join('Ada');
    await expectShown(ada.onlineCount(1));
    await wire.cut();
    await ada.send('Not sent yet');
    await press(ada, 'Leave');
    await expectShown(ada.page.getByText('1 message or change is not sent yet.'));
    await press(ada, 'Leave');
    await ada.nicknameField.waitFor();
    await wire.mend();
    await offer(ada, 'Ada').click();
    await expectSoon(stored).toEqual(['Not sent yet']);
    await expectCount(ownMessages(ada), 1);
  });
});
