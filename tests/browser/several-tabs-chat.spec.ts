import { describe, expect, it } from 'vitest';
import { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { useJourney } from '../support/journey.ts';

describe('several tabs chat', () => {
  const journey = useJourney();
  const url = () => journey.stack.site;

  it('shows a message and then its edit in all three tabs, and counts who is there', async () => {
    const ada = await ChatPage.join(journey.context, url(), 'Ada');
    const grace = await ChatPage.join(journey.context, url(), 'Grace');
    const alan = await ChatPage.join(journey.context, url(), 'Alan');
    const tabs = [ada, grace, alan];
    for (const tab of tabs) await expectShown(tab.onlineCount(3));

    await ada.send('Hello from the first tab');
    for (const tab of tabs) await expectCount(tab.message('Hello from the first tab'), 1);

    await ada.edit('Hello from the first tab', 'Hello, corrected');
    for (const tab of tabs) {
      await expectCount(tab.message('Hello, corrected'), 1);
      await expectCount(tab.messages, 1);
      await expectSoon(() => tab.message('Hello, corrected').textContent()).toMatch(
        /by Ada at \d{1,2}:\d\d [ap]m • edited •/,
      );
    }

    const rows = await journey.query('SELECT username, msg_data, is_edited, revision FROM chat_data');
    expect(rows).toEqual([{ username: 'Ada', msg_data: 'Hello, corrected', is_edited: true, revision: 2 }]);

    await alan.close();
    for (const tab of [ada, grace]) await expectShown(tab.onlineCount(2));
    for (const tab of tabs) expect(tab.complaints).toEqual([]);
  });

  it('shows who is online before joining, and the chat only after', async () => {
    await ChatPage.join(journey.context, url(), 'Ada');
    const visitor = await ChatPage.open(journey.context, url());
    await expectShown(visitor.onlineCount(1));
    await expectShown(visitor.page.getByText('Ada', { exact: true }));
    await expectCount(visitor.composer, 0);
    await expectCount(visitor.log, 0);
  });

  it('stays the same person after a reload, who can still edit', async () => {
    const ada = await ChatPage.join(journey.context, url(), 'Ada');
    const grace = await ChatPage.join(journey.context, url(), 'Grace');
    await ada.send('Before the reload');
    await expectCount(grace.message('Before the reload'), 1);

    await ada.page.reload();
    await expectCount(ada.message('Before the reload'), 1);
    await expectShown(ada.onlineCount(2));
    await ada.edit('Before the reload', 'After the reload');
    await expectCount(grace.message('After the reload'), 1);
    await expectCount(grace.message('After the reload').getByRole('button', { name: 'Edit message' }), 0);
    await expectShown(grace.onlineCount(2));
  });

  it('shows a row that somebody inserts, updates and deletes by hand in SQL', async () => {
    const ada = await ChatPage.join(journey.context, url(), 'Ada');
    const grace = await ChatPage.join(journey.context, url(), 'Grace');
    await journey.query(
      `INSERT INTO chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
       VALUES ('psql', 'by-hand', 'Typed into psql', 'nobody', (extract(epoch from now()) * 1000)::bigint)`,
    );
    for (const tab of [ada, grace]) await expectCount(tab.message('Typed into psql'), 1);
    await journey.query(`UPDATE chat_data SET msg_data = 'Corrected in psql' WHERE msg_id = 'by-hand'`);
    for (const tab of [ada, grace]) await expectCount(tab.message('Corrected in psql'), 1);
    await journey.query(`DELETE FROM chat_data WHERE msg_id = 'by-hand'`);
    for (const tab of [ada, grace]) await expectCount(tab.messages, 0);
  });

  it('lets the author delete a message everywhere', async () => {
    const ada = await ChatPage.join(journey.context, url(), 'Ada');
    const grace = await ChatPage.join(journey.context, url(), 'Grace');
    await ada.send('Soon gone');
    await expectCount(grace.message('Soon gone'), 1);
    await ada.delete('Soon gone');
    await expectCount(ada.messages, 0);
    await expectCount(grace.messages, 0);
    await expectSoon(() => journey.query('SELECT msg_id FROM chat_data')).toEqual([]);
  });
});
