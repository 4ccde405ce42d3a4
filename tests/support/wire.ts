import type { BrowserContext, WebSocketRoute } from 'playwright-core';

/** The connection between a browser's tabs and the broker, which a test can cut or silence. */
export class Wire {
  readonly #context: BrowserContext;
  readonly #sockets = new Set<WebSocketRoute>();
  #isCut = false;
  #isSilent = false;

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
    this.#sockets.add(tab);
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
