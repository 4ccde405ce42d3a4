/**
 * `npm run screenshots`: saves the page at five sizes in several situations into `screenshots/`.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { startStack, type Stack } from '@chat/stack';
import pg from 'pg';
import type { Browser, BrowserContext } from 'playwright-core';
import { launchBrowser } from './support/browser.ts';
import { ChatPage, closeTab } from './support/chat-page.ts';

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
] as const;
const FOLDER = resolve(import.meta.dirname, '../screenshots');

interface Scene {
  ada: ChatPage;
  context: BrowserContext;
  shoot: (situation: string) => Promise<void>;
}

/** A chat of three days between two other people, with a long word, an address and an edit. */
const CONVERSATION = `
  insert into chat_data (username, msg_id, msg_data, client_id, created_at_timestamp, is_edited, edited_at_timestamp)
  select person, gen_random_uuid(), words, person, (extract(epoch from now()) * 1000)::bigint - minutes * 60000, edited,
         case when edited then (extract(epoch from now()) * 1000)::bigint - minutes * 60000 + 90000 end
    from (values
      ('Grace', 'Has anyone tried what happens when Postgres is down for a minute?', 2900, false),
      ('Alan', 'The function fails, Ably''s rule tries again, and nothing is lost.', 2895, true),
      ('Grace', 'Good. I will write it down in the runbook.', 1500, false),
      ('Alan', 'See https://www.postgresql.org/docs/current/sql-notify.html for why there is no payload.', 1490, false),
      ('Grace', 'Pneumonoultramicroscopicsilicovolcanoconiosis-' || repeat('ab', 60), 60, false),
      ('Alan', E'Two things:\\n1. the outbox is drained in order\\n2. a repeat is dropped by its id', 45, false),
      ('Grace', 'שלום לכולם', 30, false),
      ('Alan', 'Who is writing the tests?', 20, true)) as written (person, words, minutes, edited)`;

async function main(): Promise<void> {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const stack = await startStack();
  const browser = await launchBrowser();
  try {
    for (const size of SIZES) await shootSize(stack, browser, size);
  } finally {
    await browser.close();
    await stack.close();
  }
  console.log(`Screenshots are in ${FOLDER}`);
}

async function shootSize(stack: Stack, browser: Browser, size: (typeof SIZES)[number]): Promise<void> {
  const { people, ...viewport } = size;
  await withDatabase(stack, (database) => database.query('delete from chat_data'));
  const context = await browser.newContext({ viewport });
  const ada = await ChatPage.open(context, stack.site);
  const shoot = async (situation: string) => {
    await ada.page.bringToFront();
    const path = join(FOLDER, `${viewport.width}x${viewport.height}-${situation}.png`);
    await ada.page.screenshot({ path, animations: 'disabled' });
  };
  const scene: Scene = { ada, context, shoot };
  await shoot('before-joining');
  await ada.enterAs(people[0]);
  await shoot('empty');
  const partner = await shootBusy(stack, scene, people[1]);
  await shootEditing(scene);
  if (viewport.width >= 1010) await shootDiagram(scene);
  else await shootDrawer(scene);
  await closeTab(partner.page);
  await shootOffline(stack, scene);
  await context.close();
}

async function shootBusy(stack: Stack, { ada, context, shoot }: Scene, nickname: string): Promise<ChatPage> {
  await withDatabase(stack, (database) => database.query(CONVERSATION));
  const partner = await ChatPage.join(context, stack.site, nickname);
  await ada.message('Who is writing the tests?').waitFor();
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
  await shoot('busy');
  return partner;
}

async function shootEditing({ ada, shoot }: Scene): Promise<void> {
  const field = await ada.startEditing('This one had a second thought.');
  await field.fill('This one had a second thought, and a third is being written right now.');
  await shoot('editing');
  await field.press('Escape');
  await ada.delete('I am. It is about half');
  await shoot('deleting');
  await ada.page.getByRole('button', { name: 'Undo' }).click();
}

async function shootDiagram({ ada, shoot }: Scene): Promise<void> {
  await ada.page.getByRole('switch', { name: 'Show architecture diagram' }).check();
  await ada.send('Where does this one go?');
  await ada.page.locator('[data-step="shown"] [data-figure]', { hasText: 'ms' }).waitFor();
  await shoot('diagram');
}

async function shootDrawer({ ada, shoot }: Scene): Promise<void> {
  await ada.page.getByRole('button', { name: /online now/i }).click();
  await ada.page.getByRole('dialog').getByText('Online now (2)').waitFor();
  await shoot('drawer');
  await ada.page.keyboard.press('Escape');
}

/** The browser's "offline" mode keeps open sockets, so restarting the broker closes them. */
async function shootOffline(stack: Stack, { ada, context, shoot }: Scene): Promise<void> {
  await context.setOffline(true);
  await stack.restartBroker();
  await ada.page.getByText(/^Offline/).waitFor();
  await ada.send('Written without a connection');
  await ada.page.getByText('waiting for the connection…').waitFor();
  await shoot('offline');
}

async function withDatabase(stack: Stack, use: (database: pg.Client) => Promise<unknown>): Promise<void> {
  const database = new pg.Client({ connectionString: stack.postgres });
  await database.connect();
  await use(database).finally(() => database.end());
}

await main();
