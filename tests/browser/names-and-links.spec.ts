import { describe, expect } from 'vitest';
import { expectCount, expectShown } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';

describe('names and links that could deceive', () => {
  test('two people of one name have tags: on messages, among those online, and read out', async ({
    join,
  }) => {
    const ann = await join('Ann');
    await ann.send('I am the first');
    await expectCount(ann.message('by Ann #'), 0);
    const imitator = await join('ANN');
    await imitator.send('No, I am Ann');
    await expectShown(ann.message('No, I am Ann').getByText(/by ANN #[\da-f]{4}/));
    await expectShown(ann.message('I am the first').getByText(/by Ann #[\da-f]{4}/));
    await expectShown(imitator.message('I am the first').getByText(/by Ann #[\da-f]{4}/));
    const online = ann.page.getByRole('listitem');
    await expectShown(online.filter({ hasText: /^Ann #[\da-f]{4} \(you\)$/ }));
    await expectShown(online.filter({ hasText: /^ANN #[\da-f]{4}$/ }));
  });

  test('a link that imitates another host shows where it leads', async ({ join }) => {
    const ann = await join('Ann');
    await ann.send('Log in at https://аррӏе.com/login');
    const link = ann.messages.locator('.message-text').getByRole('link');
    await expectShown(link);
    expect(await link.textContent()).toBe('https://xn--80ak6aa92e.com/login');
  });

  test('the text around a link cannot reorder its parts', async ({ join }) => {
    const ann = await join('Ann');
    await ann.send('א http://evil.example/א/paypal.com');
    const link = ann.messages.locator('.message-text').getByRole('link');
    await expectShown(link);
    const style = await link.evaluate((element) => {
      const { direction, unicodeBidi } = getComputedStyle(element);
      return { direction, unicodeBidi };
    });
    expect(style).toEqual({ direction: 'ltr', unicodeBidi: 'isolate' });
  });
});
