import { describe, expect, it } from 'vitest';
import { ChatPage } from '../support/chat-page.ts';
import { expectShown, expectSoon } from '../support/expect-soon.ts';
import { useJourney } from '../support/journey.ts';

describe('the architecture, live', () => {
  const journey = useJourney();

  it('follows the newest own message through every part, with what was measured on the way', async () => {
    const ada = await ChatPage.join(journey.context, journey.stack.site, 'Ada');
    await expectShown(ada.onlineCount(1));
    // What is there by default stays: the description and the code sample.
    await expectShown(ada.page.getByRole('region', { name: 'How this page uses Ably' }));
    await ada.page.getByRole('switch', { name: 'Show architecture diagram' }).check();
    await expectShown(ada.page.getByText('Send, edit or delete a message: its way is measured here.'));

    await ada.send('Where do I go?');
    const figure = (step: string) => ada.page.locator(`[data-step="${step}"] [data-figure]`).textContent();
    await expectSoon(() => figure('shown')).toMatch(/^[\d,]+ ms$/);
    const ms = async (step: string) => Number((await figure(step))?.replace(/\D/g, ''));
    expect(await ms('published')).toBe(0);
    expect(await ms('shown')).toBeGreaterThanOrEqual(await ms('arrived'));
    // No clock knows it: it is not made up.
    expect(await figure('written')).toBe('–');

    const [row] = await journey.query<{ incremental_record_id: string; created_at_timestamp: string }>(
      'SELECT incremental_record_id, created_at_timestamp FROM chat_data',
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
