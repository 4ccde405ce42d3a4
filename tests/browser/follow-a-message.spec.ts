import { describe, expect } from 'vitest';
import { expectShown, expectSoon } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';

describe('the live architecture diagram', () => {
  test('the diagram follows the newest own message and shows the time of each step', async ({
    join,
    query,
  }) => {
    const ada = await join('Ada');
    await expectShown(ada.onlineCount(1));
    // The diagram joins the description and the code sample, which stay.
    await expectShown(ada.page.getByRole('region', { name: 'How this page uses Ably' }));
    await ada.page.getByRole('switch', { name: 'Show architecture diagram' }).check();
    await expectShown(ada.page.getByText('Send, edit or delete a message to follow it through the system.'));

    await ada.send('Where do I go?');
    const figure = (step: string) => ada.page.locator(`[data-step="${step}"] [data-figure]`).textContent();
    await expectSoon(() => figure('shown')).toMatch(/^[\d,]+ ms$/);
    const ms = async (step: string) => Number((await figure(step))?.replace(/\D/g, ''));
    expect(await ms('published')).toBe(0);
    expect(await ms('shown')).toBeGreaterThanOrEqual(await ms('arrived'));
    // The page cannot measure this step, so it shows no time.
    expect(await figure('written')).toBe('–');

    const [row] = await query<{ incremental_record_id: string; created_at_timestamp: string }>(
      'select incremental_record_id, created_at_timestamp from chat_data',
    );
    await expectShown(ada.page.getByText(`row ${row?.incremental_record_id}, revision 1`));
    expect(await ms('fannedOut')).toBeLessThan(Date.now() - Number(row?.created_at_timestamp));

    await ada.edit('Where do I go?', 'And where does my edit go?');
    await expectShown(ada.page.getByText(`row ${row?.incremental_record_id}, revision 2`));
    await expectSoon(() => figure('shown')).toMatch(/^[\d,]+ ms$/);
    await expectShown(
      ada.page
        .locator('svg')
        .getByText(/\d ms$/)
        .first(),
    );
  });
});
