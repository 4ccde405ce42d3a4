import { describe, expect } from 'vitest';
import { expectCount, expectShown, expectSoon } from '../support/expect-soon.ts';
import { test as base } from '../support/journey.ts';
import { Wire } from '../support/wire.ts';

/** ms. The page publishes again after 10 s, then after 20 s, each with a quarter of jitter. */
const PATIENT = { timeout: 45_000 };

const test = base.extend('wire', ({ context }) => Wire.install(context));

describe('what Ably acknowledged and lost', { timeout: 180_000 }, () => {
  test('is sent again, with a text for each state, until the database has it once', async ({
    wire,
    join,
    stored,
  }) => {
    const ada = await join('Ada');
    const grace = await join('Grace');
    wire.lose(2);
    await ada.send('Lost words');
    await expectShown(ada.message('Lost words').getByText('Ably has it, waiting for the database…'));
    expect(await stored()).toEqual([]);
    await expectShown(ada.message('Lost words').getByText('sent again, waiting for the database…'), PATIENT);
    expect(await stored()).toEqual([]);
    await expectSoon(stored, PATIENT).toEqual(['Lost words']);
    await expectShown(ada.message('Lost words').getByRole('button', { name: 'Edit message' }));
    await expectCount(grace.message('Lost words'), 1);

    wire.lose(1);
    await ada.edit('Lost words', 'Better words');
    await expectShown(ada.message('Better words').getByText('Ably has the edit, waiting for the database…'));
    expect(await stored()).toEqual(['Lost words']);
    await expectSoon(stored, PATIENT).toEqual(['Better words']);
    await expectShown(ada.message('Better words').getByRole('button', { name: 'Edit message' }));
    await expectCount(grace.message('Better words'), 1);
  });

  test('is sent again after a reload', async ({ wire, join, stored }) => {
    const ada = await join('Ada');
    wire.lose(1);
    await ada.send('Lost words');
    await expectShown(ada.message('Lost words').getByText('Ably has it, waiting for the database…'));
    await ada.page.reload();
    await expectShown(ada.message('Lost words').getByText('Ably has it, waiting for the database…'));
    await expectSoon(stored, PATIENT).toEqual(['Lost words']);
    await expectShown(ada.message('Lost words').getByRole('button', { name: 'Edit message' }));

    wire.lose(1);
    await ada.edit('Lost words', 'Better words');
    await expectShown(ada.message('Better words').getByText('Ably has the edit, waiting for the database…'));
    await ada.page.reload();
    await expectShown(ada.message('Better words').getByText('Ably has the edit, waiting for the database…'));
    await expectSoon(stored, PATIENT).toEqual(['Better words']);
    await expectShown(ada.message('Better words').getByRole('button', { name: 'Edit message' }));
  });
});
