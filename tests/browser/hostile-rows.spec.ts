import { Rest } from 'ably';
import { describe, expect, it } from 'vitest';
import { ChatPage } from '../support/chat-page.ts';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { useJourney } from '../support/journey.ts';

describe('what others may do to the page', () => {
  const journey = useJourney();
  const join = (nickname: string) => ChatPage.join(journey.context, journey.stack.site, nickname);

  it('does not break it, with rows that are huge, strange or no rows at all', async () => {
    const ada = await join('Ada');
    await expectShown(ada.onlineCount(1));
    const { endpoint, port, key } = journey.stack.ably;
    const rest = new Rest({ key, endpoint, port, tls: false });
    const garbage = [
      '',
      '{',
      'null',
      '[]',
      { table: 'chat_data' },
      { table: 'chat_data', type: 'INSERT', row: {} },
    ];
    for (const data of garbage) await rest.channels.get('incoming-chat').publish('x', data);

    await journey.query(
      `INSERT INTO chat_data (username, msg_id, msg_data, client_id, created_at_timestamp) VALUES
         (repeat('n', 10000), 'long', repeat('lorem ipsum ', 2000), 'eve', 9000000000000000000),
         (NULL, 'null', NULL, NULL, NULL),
         (E'\\u202Eeve', 'bidi', E'\\u202Egnihtyna', 'eve', -1),
         ('<script>', repeat('i', 5000), '</textarea><script>alert(1)</script>', '__proto__', 0)`,
    );
    await expectCount(ada.messages, 4);
    await expectShown(ada.page.getByText('This text is longer than a message can be, and is cut here.'));
    await ada.send('Still alive');
    await expectCount(ada.message('Still alive'), 1);
    expect(ada.complaints).toEqual([]);
    const overflow = await ada.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
  });

  it('makes links of web addresses, which lead away without telling from where', async () => {
    const ada = await join('Ada');
    await ada.send('See https://example.org/page, not javascript:alert(1)');
    const link = ada.messages.getByRole('link');
    await expectShown(link);
    expect(await link.count()).toBe(1);
    expect(await link.getAttribute('href')).toBe('https://example.org/page');
    expect(await link.getAttribute('rel')).toContain('noopener noreferrer');
  });

  it('does not let a name turn the line around, pass for nobody, or pass for another', async () => {
    const ada = await ChatPage.open(journey.context, journey.stack.site);
    await ada.nicknameField.fill('\u200B\u2060');
    await ada.page.getByRole('button', { name: 'Enter', exact: true }).click();
    await expectShown(ada.page.getByText('Type a nickname first.'));
    await ada.enterAs('\u202EadA');
    await ada.send('Who am I?');
    const grace = await join('Grace');
    await expectSoon(() => grace.message('Who am I?').textContent()).toMatch(/by adA at \d/);
    await expectShown(grace.page.getByRole('listitem').filter({ hasText: /^adA$/ }));
  });
});
