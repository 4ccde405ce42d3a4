import { describe, expect, it } from 'vitest';
import { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { useJourney } from '../support/journey.ts';
import { Wire } from '../support/wire.ts';

describe('the connection comes and goes', () => {
  const journey = useJourney();
  const join = (nickname: string) => ChatPage.join(journey.context, journey.stack.site, nickname);
  const stored = async () =>
    (
      await journey.query<{ msg_data: string }>(
        'SELECT msg_data FROM chat_data ORDER BY created_at_timestamp, incremental_record_id',
      )
    ).map(({ msg_data }) => msg_data);

  it('keeps what is written offline, says so, and sends it once and in order on return', async () => {
    const wire = await Wire.lay(journey.context);
    const ada = await join('Ada');
    await expectShown(ada.onlineCount(1));
    await wire.cut();
    await expectShown(ada.page.getByText(/^Offline since \d{1,2}:\d\d [ap]m\. Reconnecting/));
    await expectCount(ada.onlineCount(1), 0);
    await expectShown(ada.page.getByText('Last seen online (1)'));

    for (const text of ['First', 'Second', 'Third']) await ada.send(text);
    await expectCount(ada.page.getByText('waiting for the connection…'), 3);
    expect(await stored()).toEqual([]);

    await wire.mend();
    await expectShown(ada.page.getByText('Back online.'));
    await expectSoon(stored).toEqual(['First', 'Second', 'Third']);
    await expectCount(ada.page.getByText('waiting for the connection…'), 0);
    await expectCount(ada.page.getByRole('button', { name: 'Edit message' }), 3);
  });

  it('sends once what was on its way when the page was reloaded, and keeps a half-written text', async () => {
    const wire = await Wire.lay(journey.context);
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

    // A later message through the same path proves that nothing else is still coming.
    await ada.send('The last');
    await expectSoon(stored).toHaveLength(3);
  });

  it('tells after a long absence how much came, shows all of it without a gap, and goes where it began', async () => {
    const wire = await Wire.lay(journey.context);
    await journey.query(
      `INSERT INTO chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
       SELECT 'psql', gen_random_uuid(), 'Before ' || n, 'nobody', (extract(epoch FROM now()) * 1000)::bigint - 100000 + n
         FROM generate_series(1, 20) AS n`,
    );
    const ada = await join('Ada');
    await expectShown(ada.onlineCount(1));
    await expectShown(ada.message('Before 20'));
    await wire.cut();
    await expectShown(ada.page.getByText(/^Offline since/));

    await journey.query(`DELETE FROM chat_data WHERE msg_data = 'Before 19'`);
    await journey.query(`UPDATE chat_data SET msg_data = 'Before 20, edited' WHERE msg_data = 'Before 20'`);
    await journey.query(
      `INSERT INTO chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
       SELECT 'psql', gen_random_uuid(), 'Meanwhile ' || n || '.', 'nobody', (extract(epoch FROM now()) * 1000)::bigint + n
         FROM generate_series(1, 250) AS n`,
    );
    // Ably keeps a connection for two minutes; a broker that remembers nothing stands for a longer time.
    await journey.stack.restartBroker();
    await wire.mend();

    await expectShown(ada.page.getByText('250 messages while you were away'));
    await expectShown(ada.message('Meanwhile 250.'));
    await ada.page.getByRole('button', { name: 'Show', exact: true }).click();
    await expectShown(ada.message('Meanwhile 1.'));
    await expectCount(ada.message('Before 20, edited'), 1);
    await expectCount(ada.message('Before 19'), 0);
    await expectCount(ada.page.getByText('messages while you were away'), 0);

    await ada.page.getByRole('button', { name: 'Jump to latest' }).click();
    await expectShown(ada.message('Meanwhile 250.'));
  });

  it('goes on when the broker is restarted under the page, losing nobody and nothing', async () => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    await expectShown(ada.onlineCount(2));
    await ada.send('Before the restart');
    await expectCount(grace.message('Before the restart'), 1);

    const restarted = journey.stack.restartBroker();
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

  it('sends what is written right after joining, before there is a connection', async () => {
    const wire = await Wire.lay(journey.context);
    const grace = await join('Grace');
    await expectShown(grace.onlineCount(1));
    await wire.cut();
    const ada = await ChatPage.open(journey.context, journey.stack.site);
    await ada.enterAs('Ada');
    await ada.send('I could not wait');
    await expectShown(ada.page.getByText('waiting for the connection…'));
    await wire.mend();
    for (const tab of [ada, grace]) await expectCount(tab.message('I could not wait'), 1);
    await expectSoon(stored).toEqual(['I could not wait']);
  });
});
