import type { BrowserContext, WebSocketRoute } from 'playwright-core';

/** The connection between a browser's tabs and the broker, which a test can cut or silence. */
export class Wire {
  readonly #context: BrowserContext;
  readonly #sockets = new Set<WebSocketRoute>();
  #isCut = false;
  #isSilent = false;
  #losses = 0;

  private constructor(context: BrowserContext) {
    this.#context = context;
  }

  /** Call it before the first tab opens: only sockets of later pages pass through the wire. */
  static async install(context: BrowserContext): Promise<Wire> {
    const wire = new Wire(context);
    await context.routeWebSocket(/./, (socket) => wire.#connect(socket));
    return wire;
  }

  #connect(tab: WebSocketRoute): void {
    if (this.#isCut) {
      void tab.close({ code: 1001 });
      return;
    }
    const broker = tab.connectToServer();
    broker.onMessage((message) => {
      if (!this.#isSilent) tab.send(message);
    });
    tab.onMessage((message) => broker.send(this.#losses > 0 ? this.#lose(message) : message));
    this.#sockets.add(tab);
  }

  /** The rule loses the next publishes of people, although the broker acknowledges them. */
  lose(count: number): void {
    this.#losses = count;
  }

  /** Renames a chat message, which chat-writer then ignores, while its id counts as published. */
  #lose(frame: string | Buffer): string | Buffer {
    const text = frame.toString();
    const renamed = text.replace(/"name":"(?:chatMsg|editedMsg|deletedMsg)"/, '"name":"lost"');
    if (renamed === text) return frame;
    this.#losses -= 1;
    return renamed;
  }

  /** Closes every connection and rejects new ones. */
  async cut(): Promise<void> {
    this.#isCut = true;
    await Promise.all([...this.#sockets].map((socket) => socket.close({ code: 1001 })));
    this.#sockets.clear();
    await this.#dispatch('offline');
  }

  /** Drops everything from the broker, acknowledgements included. What tabs send still arrives. */
  silence(): void {
    this.#isSilent = true;
  }

  async mend(): Promise<void> {
    this.#isCut = false;
    this.#isSilent = false;
    await this.#dispatch('online');
  }

  /** Raises the event by which a browser informs its pages of the network. */
  async #dispatch(event: 'offline' | 'online'): Promise<void> {
    await Promise.all(
      this.#context
        .pages()
        .map((page) => page.evaluate((name) => window.dispatchEvent(new Event(name)), event)),
    );
  }
}
