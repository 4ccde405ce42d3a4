import { describe, expect } from 'vitest';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';
import { Wire } from '../support/wire.ts';

describe('following a message', () => {
  test('the line below the newest own message ends with the total, which opens the whole trace', async ({
    join,
    query,
  }) => {
    const ada = await join('Ada');
    await expectShown(ada.onlineCount(1));
    // The diagram joins the description and the code sample, which stay.
    await expectShown(ada.page.getByRole('region', { name: 'How this page uses Ably' }));

    await ada.send('Where do I go?');
    const total = ada.message('Where do I go?').getByRole('button', { name: /show the way/ });
    await expectShown(total);
    await total.click();
    const trace = ada.page.getByRole('region', { name: 'Follow a message' });
    await expectSoon(() => trace.evaluate((section) => section === document.activeElement)).toBe(true);

    const figure = async (measure: string) => {
      const text = await trace.locator(`[data-measure="${measure}"] [data-figure]`).textContent();
      expect(text).toMatch(/^[\d,]+ ms$/);
      return Number(text?.replace(/\D/g, ''));
    };
    const parts = [await figure('network'), await figure('behindAbly'), await figure('screen')];
    expect(parts.reduce((sum, ms) => sum + ms, 0)).toBe(await figure('total'));
    expect(await total.textContent()).toMatch(/^\s*[\d.]+ m?s\s*$/);

    const [row] = await query<{ incremental_record_id: string }>(
      'select incremental_record_id from chat_data',
    );
    await expectShown(trace.getByText(`row ${row?.incremental_record_id}, revision 1`));
    await expectShown(ada.page.locator('svg').getByText(/^\s*Total: \d+ ms/));

    await ada.edit('Where do I go?', 'And where does my edit go?');
    await expectShown(trace.getByText(`row ${row?.incremental_record_id}, revision 2`));
    await expectShown(
      ada.message('And where does my edit go?').getByRole('button', { name: /show the way/ }),
    );

    // The line belongs to the newest message only.
    await ada.send('And I?');
    await expectShown(ada.message('And I?').getByRole('button', { name: /show the way/ }));
    await expectCount(ada.page.getByRole('button', { name: /show the way/ }), 1);
  });

  test('a message that stalls shows its last stop and the time since, and then no wrong times', async ({
    context,
    join,
  }) => {
    const wire = await Wire.install(context);
    const ada = await join('Ada');
    await expectShown(ada.onlineCount(1));
    wire.silence();
    await ada.send('Is anybody there?');
    const message = ada.message('Is anybody there?');
    await expectShown(message.getByText(/^sent \d+ s ago, no answer from Ably yet$/));
    await wire.cut();
    await wire.mend();
    const total = message.getByRole('button', { name: /show the way/ });
    await expectShown(total);
    expect(await total.textContent()).toMatch(/^\s*\d+(\.\d)? s\s*$/);
    await total.click();
    await expectShown(ada.page.locator('[data-measure="total"] [data-figure]'));
    const figures = await ada.page.locator('[data-measure] [data-figure]').allTextContents();
    const ms = figures.map((text) => Number(text.replace(/[^\d-]/g, '')));
    for (const time of ms) expect(time).toBeGreaterThanOrEqual(0);
    expect(ms.slice(0, -1).reduce((sum, time) => sum + time, 0)).toBe(ms.at(-1));
    // The silence was between Ably and this page, whatever the database did meanwhile.
    expect(ms[0]).toBeGreaterThan(1_900);
  });
});
