import { describe, expect } from 'vitest';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';

describe('several tabs', () => {
  test('three tabs show a message, then its edit, and count the members online', async ({ join, query }) => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    const alan = await join('Alan');
    const tabs = [ada, grace, alan];
    for (const tab of tabs) await expectShown(tab.onlineCount(3));

    await ada.send('Hello from the first tab');
    for (const tab of tabs) await expectCount(tab.message('Hello from the first tab'), 1);

    await ada.edit('Hello from the first tab', 'Hello, corrected');
    for (const tab of tabs) {
      await expectCount(tab.message('Hello, corrected'), 1);
      await expectCount(tab.messages, 1);
      await expectSoon(() => tab.message('Hello, corrected').textContent()).toMatch(
        /by Ada\s+at \d{1,2}:\d\d\s[AP]M\s•\sedited · v2\s•/,
      );
    }

    const rows = await query('select username, msg_data, is_edited, revision from chat_data');
    expect(rows).toEqual([{ username: 'Ada', msg_data: 'Hello, corrected', is_edited: true, revision: 2 }]);

    await alan.close();
    for (const tab of [ada, grace]) await expectShown(tab.onlineCount(2));
    for (const tab of tabs) expect(tab.complaints).toEqual([]);
  });

  test('a visitor sees the members online and reads the chat before joining, and writes only after', async ({
    join,
    open,
  }) => {
    const ada = await join('Ada');
    await ada.send('Come in');
    const visitor = await open();
    await expectShown(visitor.onlineCount(1));
    await expectShown(visitor.page.getByText('Ada', { exact: true }));
    await expectCount(visitor.message('Come in'), 1);
    await expectCount(visitor.composer, 0);
  });

  test('an author can still edit after a reload', async ({ join }) => {
    const ada = await join('Ada');
    const grace = await join('Grace');
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

  test('a row that another program inserts, updates and deletes in SQL appears, changes and disappears', async ({
    join,
    query,
  }) => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    await query(
      `insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
       values ('psql', 'by-hand', 'Typed into psql', 'psql', (extract(epoch from now()) * 1000)::bigint)`,
    );
    for (const tab of [ada, grace]) await expectCount(tab.message('Typed into psql'), 1);
    await query(`update chat_data set msg_data = 'Corrected in psql' where msg_id = 'by-hand'`);
    for (const tab of [ada, grace]) await expectCount(tab.message('Corrected in psql'), 1);
    await query(`delete from chat_data where msg_id = 'by-hand'`);
    for (const tab of [ada, grace]) await expectCount(tab.messages, 0);
  });

  test('a message that its author deletes disappears from every tab', async ({ join, query }) => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    await ada.send('Soon gone');
    await expectCount(grace.message('Soon gone'), 1);
    await ada.delete('Soon gone');
    await expectCount(ada.messages, 0);
    await expectCount(grace.messages, 0);
    await expectSoon(() => query('select msg_id from chat_data')).toEqual([]);
  });
});
