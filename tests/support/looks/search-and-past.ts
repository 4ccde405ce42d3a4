import type { ChatPage } from '../chat-page.ts';
import type { Look } from './looks.ts';

interface Scene {
  ada: ChatPage;
  shoot: (situation: string, looks?: Look[]) => Promise<void>;
}

const EVERY_LOOK: Look[] = ['dark', 'light', 'forced', 'large'];

/** After an edit of "This one has a second thought coming". */
export async function shootSearch({ ada: { page }, shoot }: Scene): Promise<void> {
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox');
  await field.fill('a');
  await page.getByRole('option').nth(3).waitFor();
  await shoot('search-many');
  await field.fill('second coming');
  await page.getByText('since edited').waitFor();
  await shoot('search', EVERY_LOOK);
  await field.press('Escape');
}

/** Just before the first edit. */
export async function shootPast({ ada: { page }, shoot }: Scene): Promise<void> {
  await page.getByRole('button', { name: 'Show the chat at an earlier time' }).click();
  await page.locator('input[type=range][aria-disabled=false]').waitFor();
  const past = page.getByRole('region', { name: 'Messages of that time' });
  // To the first of the edits, and to just before it.
  for (const key of ['ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key);
  await past.getByText('a second thought coming').waitFor();
  await shoot('past', EVERY_LOOK);
  await page.getByRole('button', { name: 'Back to now' }).click();
}

export async function shootTranscript({ ada: { page }, shoot }: Scene): Promise<void> {
  const opener = page.getByRole('button', { name: 'How it works' });
  if (await opener.isVisible()) await opener.click();
  await page.getByRole('button', { name: 'Download the conversation' }).click();
  await page.getByRole('radio').first().waitFor();
  await shoot('transcript', ['dark', 'light', 'forced']);
  await page.keyboard.press('Escape');
  // On a narrow page, also the details.
  await page.keyboard.press('Escape');
}
