import { describe, expect } from 'vitest';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';

const LINES = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`).join('\n');

describe('a long message', () => {
  test('is folded; opened it stays in place and open, also after the reader was far away', async ({
    join,
    query,
  }) => {
    await query(
      `insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp)
       select 'psql', gen_random_uuid(), case n when 300 then $1 else 'Message ' || n || '.' end, 'psql',
              1700000000000 + n * 1000
         from generate_series(1, 300) as n`,
      [LINES],
    );
    const ada = await join('Ada');
    const long = ada.message('line 1');
    const height = async () => (await long.boundingBox())?.height ?? 0;
    await expectShown(ada.page.getByRole('button', { name: 'Show more' }));
    const folded = await height();
    const top = async () => Math.round((await long.boundingBox())?.y ?? 0);
    const before = await top();

    await ada.page.getByRole('button', { name: 'Show more' }).click();
    await expectSoon(height).toBeGreaterThan(folded * 2);
    expect(Math.abs((await top()) - before)).toBeLessThanOrEqual(1);
    await expectShown(ada.page.getByRole('button', { name: 'Jump to latest' }));

    for (const _ of Array(30)) {
      await ada.log.evaluate((log) => log.scrollBy({ top: -800, behavior: 'instant' }));
    }
    await expectSoon(async () => {
      await ada.log.evaluate((log) => log.scrollBy({ top: -800, behavior: 'instant' }));
      return long.count();
    }).toBe(0);
    await ada.page.getByRole('button', { name: 'Jump to latest' }).click();
    const fold = ada.page.getByRole('button', { name: 'Show less' });
    await expectShown(fold);
    await fold.click();
    await expectSoon(height).toBe(folded);
    expect(await top()).toBeGreaterThanOrEqual((await ada.log.boundingBox())?.y ?? 0);
  });

  test('that another person sends is still followed at the end', async ({ join }) => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    await grace.send(LINES);
    await expectShown(ada.page.getByRole('button', { name: 'Show more' }));
    await ada.page.bringToFront();
    await ada.page.getByRole('button', { name: 'Show more' }).click();
    await expectShown(ada.page.getByRole('button', { name: 'Show less' }));
    await ada.page.getByRole('button', { name: 'Show less' }).click();
    await expectShown(ada.page.getByRole('button', { name: 'Show more' }));
    await grace.send('And one more');
    await expectCount(ada.message('And one more'), 1);
    await expectSoon(() =>
      ada.log.evaluate((log) => Math.round(log.scrollHeight - log.scrollTop - log.clientHeight)),
    ).toBeLessThan(8);
  });
});

describe('a bubble', () => {
  test.override({ screen: { viewport: { width: 390, height: 844 } } });

  test('is as wide as its text, at most 85 % of the list, and never breaks a time', async ({ join }) => {
    const ada = await join('Ada');
    await ada.send('Hi');
    await ada.send('word '.repeat(60));
    await expectCount(ada.page.getByRole('button', { name: 'Edit message' }), 2);
    const widths = await ada.log.evaluate((log) =>
      [...log.querySelectorAll('article')].map(
        (bubble) => bubble.getBoundingClientRect().width / (bubble.parentElement?.clientWidth ?? 1),
      ),
    );
    expect(widths[0]).toBeLessThan(0.5);
    expect(widths[1]).toBeGreaterThan(0.8);
    expect(widths[1]).toBeLessThanOrEqual(0.851);
    expect(await ada.messages.last().textContent()).toMatch(/\d:\d\d[\u00a0\u202f][AP]M/);
  });
});
