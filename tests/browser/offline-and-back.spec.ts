import { describe, expect } from 'vitest';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';
import { Wire } from '../support/wire.ts';

describe('an interrupted connection', () => {
  test('messages written offline are marked as waiting, and sent once and in order on return', async ({
    join,
    stored,
    context,
  }) => {
    const wire = await Wire.install(context);
    const ada = await join('Ada');
    await expectShown(ada.onlineCount(1));
    await wire.cut();
    await expectShown(ada.page.getByText(/^Offline since \d{1,2}:\d\d\s[AP]M\. Reconnecting/));
    await expectCount(ada.onlineCount(1), 0);
    await expectShown(ada.page.getByText('Last seen online (1)'));

    for (const text of ['First', 'Second', 'Third']) await ada.send(text);
    await expectCount(ada.page.getByText('will be sent when you are back online'), 3);
    expect(await stored()).toEqual([]);

    await wire.mend();
    await expectShown(ada.page.getByText('Back online.'));
    await expectSoon(stored).toEqual(['First', 'Second', 'Third']);
    await expectCount(ada.page.getByText('will be sent when you are back online'), 0);
    await expectCount(ada.page.getByRole('button', { name: 'Edit message' }), 3);
  });

  test('a reload sends an unconfirmed message once, and keeps a half-written text', async ({
    join,
    stored,
    context,
  }) => {
    const wire = await Wire.install(context);
    const ada = await join('Ada');
    await expectShown(ada.onlineCount(1));
    wire.silence();
    await ada.send('Was it sent?');
    await expectShown(ada.message('sending…'));
    await expectSoon(stored).toEqual(['Was it sent?']);
    await ada.send('And this one waits its turn');
    await ada.composer.fill('Half a thou');

    await ada.page.reload();
    await wire.mend();
    await expectSoon(stored).toEqual(['Was it sent?', 'And this one waits its turn']);
    await expectCount(ada.messages, 2);
    await expectCount(ada.page.getByRole('button', { name: 'Edit message' }), 2);
    expect(await ada.composer.inputValue()).toBe('Half a thou');

    // A later message on the same path arrives last, so it proves that no other follows.
    await ada.send('The last');
    await expectSoon(stored).toHaveLength(3);
  });

  test('after a long absence the page counts what changed, and leads from one change to the next', async ({
    join,
    query,
    stack,
    context,
  }) => {
    const wire = await Wire.install(context);
    await query(
      `insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
       select 'psql', gen_random_uuid(), 'Before ' || n, 'psql', (extract(epoch from now()) * 1000)::bigint - 100000 + n
         from generate_series(1, 20) as n`,
    );
    const ada = await join('Ada');
    await expectShown(ada.onlineCount(1));
    await expectShown(ada.message('Before 20'));
    await wire.cut();
    await expectShown(ada.page.getByText(/^Offline since/));

    await query(`delete from chat_data where msg_data = 'Before 19'`);
    await query(`update chat_data set msg_data = 'Before 20, edited' where msg_data = 'Before 20'`);
    await query(
      `insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
       select 'psql', gen_random_uuid(), 'Meanwhile ' || n || '.', 'psql', (extract(epoch from now()) * 1000)::bigint + n
         from generate_series(1, 150) as n`,
    );
    // Ably resumes a connection for two minutes. A restarted broker resumes none, as after a longer
    // absence.
    await stack.restartBroker();
    await wire.mend();

    await expectShown(ada.page.getByText('While you were away: 150 new · 1 edited · 1 deleted'));
    await expectShown(ada.message('Meanwhile 150.'));
    await ada.page.getByRole('button', { name: 'Show', exact: true }).click();
    await expectShown(ada.page.getByText('1 of 152 · A message by psql was deleted'));
    const next = ada.page.getByRole('button', { name: 'Next change' });
    await next.click();
    await expectShown(ada.page.getByText('2 of 152 · Message by psql was edited'));
    // With the difference to what it said before.
    await expectShown(ada.page.locator('ins', { hasText: 'edited' }));
    await next.click();
    await expectShown(ada.page.getByText('3 of 152 · New message by psql'));
    await expectShown(ada.message('Meanwhile 1.'));
    await expectCount(ada.message('Before 19'), 0);
    await ada.page.getByRole('button', { name: 'Dismiss' }).click();
    await expectCount(ada.page.getByText(/of 152/), 0);

    await ada.page.getByRole('button', { name: 'Jump to latest' }).click();
    await expectShown(ada.message('Meanwhile 150.'));
  });

  test('a restart of the broker loses neither presence nor messages', async ({ join, stored, stack }) => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    await expectShown(ada.onlineCount(2));
    await ada.send('Before the restart');
    await expectCount(grace.message('Before the restart'), 1);

    const restarted = stack.restartBroker();
    await ada.send('During the restart');
    await restarted;
    for (const tab of [ada, grace]) {
      await expectCount(tab.message('During the restart'), 1);
      await expectShown(tab.onlineCount(2));
    }
    await grace.send('After the restart');
    await expectCount(ada.message('After the restart'), 1);
    await expectSoon(stored).toEqual(['Before the restart', 'During the restart', 'After the restart']);
    expect([...ada.complaints, ...grace.complaints]).toEqual([]);
  });

  test('a message written right after joining is sent once the page is connected', async ({
    join,
    open,
    stored,
    context,
  }) => {
    const wire = await Wire.install(context);
    const grace = await join('Grace');
    await expectShown(grace.onlineCount(1));
    await wire.cut();
    const ada = await open();
    await ada.enterAs('Ada');
    await ada.send('I could not wait');
    await expectShown(ada.page.getByText('will be sent when you are back online'));
    await wire.mend();
    for (const tab of [ada, grace]) await expectCount(tab.message('I could not wait'), 1);
    await expectSoon(stored).toEqual(['I could not wait']);
  });
});
