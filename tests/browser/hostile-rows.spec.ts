import { Rest } from 'ably';
import { describe, expect } from 'vitest';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';

describe('a page under hostile input', () => {
  test('the page survives huge rows, strange rows and data that is not a row', async ({
    join,
    query,
    stack,
  }) => {
    const ada = await join('Ada');
    await expectShown(ada.onlineCount(1));
    const { endpoint, port, key } = stack.ably;
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

    await query(
      `insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp) values
         (repeat('n', 10000), 'long', repeat('lorem ipsum ', 2000), 'eve', 9000000000000000000),
         (null, 'null', null, null, null),
         (E'\\u202Eeve', 'bidi', E'\\u202Egnihtyna', 'eve', -1),
         ('<script>', repeat('i', 5000), '</textarea><script>alert(1)</script>', '__proto__', 0)`,
    );
    await expectCount(ada.messages, 4);
    await expectShown(
      ada.page.getByText('This text is longer than a message can be, so it is cut off here.'),
    );
    await ada.send('Still alive');
    await expectCount(ada.message('Still alive'), 1);
    expect(ada.complaints).toEqual([]);
    const overflow = await ada.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
  });

  test('only web addresses become links, and they send no referrer', async ({ join }) => {
    const ada = await join('Ada');
    await ada.send('See https://example.org/page, not javascript:alert(1)');
    const link = ada.messages.locator('.message-text').getByRole('link');
    await expectShown(link);
    expect(await link.count()).toBe(1);
    expect(await link.getAttribute('href')).toBe('https://example.org/page');
    expect(await link.getAttribute('rel')).toContain('noopener noreferrer');
  });

  test('a name can neither reverse its line, be invisible, nor imitate another name', async ({
    join,
    open,
  }) => {
    const ada = await open();
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
