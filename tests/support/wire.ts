import type { BrowserContext, WebSocketRoute } from 'playwright-core';

/** The line between the tabs of a browser and the broker, to be cut or made silent while they hold it. */
export class Wire {
  readonly #context: BrowserContext;
  readonly #sockets = new Set<WebSocketRoute>();
  #isCut = false;
  #isSilent = false;

  private constructor(context: BrowserContext) {
    this.#context = context;
  }

  /** Before the first tab is opened: only sockets of later pages go through it. */
  static async lay(context: BrowserContext): Promise<Wire> {
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

  /** Every tab loses its connection and gets no other. */
  async cut(): Promise<void> {
    this.#isCut = true;
    await Promise.all([...this.#sockets].map((socket) => socket.close({ code: 1001 })));
    this.#sockets.clear();
    await this.#tell('offline');
  }

  /** What tabs send still arrives; nothing comes back, not even that it did. */
  silence(): void {
    this.#isSilent = true;
  }

  async mend(): Promise<void> {
    this.#isCut = false;
    this.#isSilent = false;
    await this.#tell('online');
  }

  /** As a browser tells its pages when the network goes and comes. */
  async #tell(event: 'offline' | 'online'): Promise<void> {
    await Promise.all(
      this.#context
        .pages()
        .map((page) => page.evaluate((name) => window.dispatchEvent(new Event(name)), event)),
    );
  }
}
