import type { BrowserContext, Locator, Page } from 'playwright-core';

/** One tab of the chat, with the actions of a person. */
export class ChatPage {
  readonly page: Page;
  /** Forbidden events: uncaught errors, policy violations, requests to other hosts. */
  readonly complaints: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content.Security.Policy/i.test(message.text())) this.complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (new URL(request.url()).hostname !== '127.0.0.1') this.complaints.push(`requested ${request.url()}`);
    });
  }

  /** Wraps a tab that is already open. */
  static of(page: Page): ChatPage {
    return new ChatPage(page);
  }

  static async open(context: BrowserContext, url: string): Promise<ChatPage> {
    const chat = new ChatPage(await context.newPage());
    await chat.page.goto(url);
    await chat.nicknameField.waitFor();
    return chat;
  }

  static async join(context: BrowserContext, url: string, nickname: string): Promise<ChatPage> {
    const chat = await ChatPage.open(context, url);
    await chat.enterAs(nickname);
    return chat;
  }

  get nicknameField(): Locator {
    return this.page.getByRole('textbox', { name: 'Add a nickname' });
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: 'Write a message...' });
  }

  get log(): Locator {
    return this.page.getByRole('log');
  }

  get messages(): Locator {
    return this.log.getByRole('listitem');
  }

  /** The message that contains this text. */
  message(text: string): Locator {
    return this.messages.filter({ hasText: text });
  }

  onlineCount(count: number): Locator {
    return this.page.getByRole('heading', { name: `Online now (${count})` });
  }

  /** A person acts in the front tab. The browser draws the others too seldom for the mouse. */
  private async inFront(): Promise<void> {
    await this.page.bringToFront();
  }

  async enterAs(nickname: string): Promise<void> {
    await this.inFront();
    await this.nicknameField.fill(nickname);
    await this.page.getByRole('button', { name: 'Enter', exact: true }).click();
    await this.composer.waitFor();
  }

  async send(text: string): Promise<void> {
    await this.inFront();
    await this.composer.fill(text);
    await this.submit(this.composer, 'Send message');
  }

  /** Enter on a hardware keyboard; on a touch keyboard it starts a line. */
  private async submit(field: Locator, button: string): Promise<void> {
    if ((await field.getAttribute('enterkeyhint')) === 'send') await field.press('Enter');
    else await this.page.getByRole('button', { name: button }).click();
  }

  async startEditing(text: string): Promise<Locator> {
    await this.inFront();
    const message = this.message(text);
    await message.hover();
    await message.getByRole('button', { name: 'Edit message' }).click();
    const field = this.log.getByRole('textbox');
    await field.waitFor();
    return field;
  }

  async edit(text: string, newText: string): Promise<void> {
    const field = await this.startEditing(text);
    await field.fill(newText);
    await this.submit(field, 'Save edit');
    await field.waitFor({ state: 'detached' });
  }

  /** Starts a deletion, which can be undone for some seconds. */
  async delete(text: string): Promise<void> {
    await this.inFront();
    const message = this.message(text);
    await message.hover();
    await message.getByRole('button', { name: 'Delete message' }).click();
  }

  /**
   * Closes the tab as a person does. Without `unload`, presence would wait for the tab's return.
   */
  async close(): Promise<void> {
    await closeTab(this.page);
  }
}

export async function closeTab(page: Page): Promise<void> {
  const closed = page.waitForEvent('close');
  await page.close({ runBeforeUnload: true });
  await closed;
}
