/**
 * `npm run screenshots`: saves the page at several sizes, in several situations and looks, into
 * `screenshots/`. `npm run screenshots -- 390x844` takes those of one size.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { startStack, type Stack } from '@chat/stack';
import pg from 'pg';
import type { Browser, BrowserContext } from 'playwright-core';
import { launchBrowser } from './support/browser.ts';
import { ChatPage, closeTab } from './support/chat-page.ts';
import { CONVERSATION } from './support/looks/conversation.ts';
import { applyLook, type Look } from './support/looks/looks.ts';
import { shootPast, shootSearch, shootTranscript } from './support/looks/search-and-past.ts';

/**
 * Each size has people of its own: two people of one name would get tags, and a tab that
 * left abruptly stays in the presence set for a while.
 */
const SIZES = [
  { width: 1440, height: 900, people: ['Ada', 'Joan'] },
  { width: 1024, height: 768, people: ['Alma', 'Jean'] },
  { width: 768, height: 1024, people: ['Anita', 'Jude'] },
  { width: 390, height: 844, people: ['Annie', 'Judy'] },
  { width: 320, height: 640, people: ['Audrey', 'June'] },
  { width: 844, height: 390, people: ['Agnes', 'Joyce'] },
  { width: 375, height: 330, people: ['Alice', 'Jill'] },
] as const;
const EVERY_LOOK: Look[] = ['dark', 'light', 'forced', 'large'];
const FOLDER = resolve(import.meta.dirname, '../screenshots');

interface Scene {
  ada: ChatPage;
  context: BrowserContext;
  shoot: (situation: string, looks?: Look[]) => Promise<void>;
}

async function main(only: string[]): Promise<void> {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const stack = await startStack();
  const browser = await launchBrowser();
  const sizes = SIZES.filter(({ width, height }) => only.length === 0 || only.includes(`${width}x${height}`));
  try {
    for (const size of sizes) await shootSize(stack, browser, size);
  } finally {
    await browser.close();
    await stack.close();
  }
  console.log(`Screenshots are in ${FOLDER}`);
}

async function shootSize(stack: Stack, browser: Browser, size: (typeof SIZES)[number]): Promise<void> {
  const { people, ...viewport } = size;
  await withDatabase(stack, (database) => database.query('delete from chat_data'));
  const context = await browser.newContext({ viewport, colorScheme: 'dark' });
  const ada = await ChatPage.open(context, stack.site);
  const scene: Scene = { ada, context, shoot: createCamera(ada, `${viewport.width}x${viewport.height}`) };
  await scene.shoot('empty');
  await withDatabase(stack, (database) => database.query(CONVERSATION));
  await ada.message('Who is writing the tests?').waitFor();
  await scene.shoot('before-joining', EVERY_LOOK);
  await ada.enterAs(people[0]);
  const partner = await shootBusy(stack, scene, people[1]);
  await shootVersions(scene);
  await shootSearch(scene);
  await shootPast(scene);
  await shootTranscript(scene);
  await shootFolded(scene);
  await shootEditing(scene);
  await shootDialogs(scene);
  await shootDiagram(scene);
  await closeTab(partner.page);
  await shootOffline(stack, scene);
  await context.close();
}

/** Returns a function that saves the page as it is now, in several looks. */
function createCamera(ada: ChatPage, size: string): Scene['shoot'] {
  return async (situation, looks = ['dark', 'light']) => {
    await ada.page.bringToFront();
    for (const look of looks) {
      await applyLook(ada.page, look);
      const path = join(FOLDER, `${size}-${situation}-${look}.png`);
      await ada.page.screenshot({ path, animations: 'disabled' });
    }
    await applyLook(ada.page, 'dark');
  };
}

async function shootBusy(stack: Stack, { ada, context, shoot }: Scene, nickname: string): Promise<ChatPage> {
  const partner = await ChatPage.join(context, stack.site, nickname);
  await ada.send('I am. It is about half of the work, and the better half.');
  await ada.send('This one has a second thought coming.');
  await ada.edit('This one has a second thought coming.', 'This one had a second thought.');
  await ada.page
    .getByRole('button', { name: /^edited/ })
    .last()
    .waitFor();
  await partner.page.bringToFront();
  await partner.composer.pressSequentially('Oh');
  await ada.page.getByText(`${nickname} is typing…`).waitFor();
  await shoot('busy', EVERY_LOOK);
  return partner;
}

async function shootVersions({ ada, shoot }: Scene): Promise<void> {
  await ada.page.bringToFront();
  await ada.edit('This one had a second thought.', 'This one had a second thought, and a third.');
  const message = ada.message('This one had');
  await message.getByRole('button', { name: 'edited · v3' }).click();
  await message.getByRole('tab', { name: /^v2/ }).click();
  await shoot('versions', EVERY_LOOK);
  await ada.page.keyboard.press('Escape');
}

async function shootFolded({ ada, shoot }: Scene): Promise<void> {
  await ada.page.bringToFront();
  const more = ada.page.getByRole('button', { name: 'Show more' }).first();
  await more.evaluate((button) => button.scrollIntoView({ block: 'center' }));
  await ada.page.getByRole('button', { name: 'Jump to latest' }).waitFor();
  await shoot('folded');
  await ada.page.getByRole('button', { name: 'Jump to latest' }).click();
}

async function shootEditing({ ada, shoot }: Scene): Promise<void> {
  const field = await ada.startEditing('This one had a second thought');
  await field.fill('This one had a second thought, and a third is being written right now.');
  await shoot('editing');
  await field.press('Escape');
  await ada.delete('I am. It is about half');
  await shoot('deleting');
  await ada.page.getByRole('button', { name: 'Undo' }).click();
}

async function shootDialogs({ ada, shoot }: Scene): Promise<void> {
  const people = ada.page.getByRole('button', { name: /online now/i });
  if (!(await people.isVisible())) return;
  await people.click();
  await ada.page.getByRole('dialog').getByText('Online now (2)').waitFor();
  await shoot('drawer');
  await ada.page.keyboard.press('Escape');
  await ada.page.getByRole('button', { name: 'How it works' }).click();
  await ada.page.getByRole('dialog').getByText('Description and details').waitFor();
  await shoot('sheet', EVERY_LOOK);
  await ada.page.keyboard.press('Escape');
}

async function shootDiagram({ ada, shoot }: Scene): Promise<void> {
  await ada.send('Where does this one go?');
  await ada.message('Where does this one go?').getByRole('button', { name: 'Edit message' }).waitFor();
  const opener = ada.page.getByRole('button', { name: 'How it works' });
  if (await opener.isVisible()) await opener.click();
  await ada.page.getByRole('switch', { name: 'Show architecture diagram' }).check();
  await ada.page.locator('[data-measure="total"] [data-figure]', { hasText: 'ms' }).waitFor();
  await shoot('diagram', EVERY_LOOK);
  await ada.page.keyboard.press('Escape');
}

/** The browser's "offline" mode keeps open sockets, so restarting the broker closes them. */
async function shootOffline(stack: Stack, { ada, context, shoot }: Scene): Promise<void> {
  await context.setOffline(true);
  await stack.restartBroker();
  await ada.page.getByText(/^Offline/).waitFor();
  await ada.send('Written without a connection');
  await ada.page.getByText('will be sent when you are back online').waitFor();
  await shoot('offline', EVERY_LOOK);
  await withDatabase(stack, (database) => database.query(MEANWHILE));
  await context.setOffline(false);
  await ada.page.getByText(/^While you were away/).waitFor();
  await shoot('away', EVERY_LOOK);
  await ada.page.getByRole('button', { name: 'Show', exact: true }).click();
  await ada.page.getByRole('button', { name: 'Next change' }).click();
  await ada.page.locator('ins').first().waitFor();
  await shoot('away-edited');
  await ada.page.keyboard.press('Escape'); // closes the sheet of a narrow page, which covers the bar
  await ada.page.getByRole('button', { name: 'Dismiss' }).click();
  await ada.page.getByRole('button', { name: 'Jump to latest' }).click();
  await withDatabase(stack, (database) => database.query(EDIT_FIRST));
  await ada.page.getByRole('button', { name: '1 edited above' }).waitFor();
  await shoot('edited-above');
}

/** Of the first two messages one is deleted and one changed, and five are new. */
const MEANWHILE = `
  delete from chat_data where msg_id = (
    select msg_id from chat_data order by created_at_timestamp, incremental_record_id limit 1);
  update chat_data set msg_data = 'By the way: ' || msg_data where msg_id = (
    select msg_id from chat_data order by created_at_timestamp, incremental_record_id limit 1);
  insert into chat_data (username, msg_id, msg_data, client_id)
    select 'Grace', gen_random_uuid(), 'News of the day, part ' || n || '.', 'grace'
      from generate_series(1, 5) as n`;
const EDIT_FIRST = `
  update chat_data set msg_data = msg_data || ' (revised)' where msg_id = (
    select msg_id from chat_data order by created_at_timestamp, incremental_record_id limit 1)`;

async function withDatabase(stack: Stack, use: (database: pg.Client) => Promise<unknown>): Promise<void> {
  const database = new pg.Client({ connectionString: stack.postgres });
  await database.connect();
  await use(database).finally(() => database.end());
}

await main(process.argv.slice(2));
