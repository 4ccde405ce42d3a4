import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

interface Link {
  near: Socket;
  far: Socket;
  isFrozen: boolean;
}

/** A TCP relay between clients and the broker that simulates network failures. */
export class Relay {
  port = 0;
  readonly #links = new Set<Link>();
  readonly #server = createServer((near) => this.#accept(near));
  readonly #target: number;
  #isOpen = true;

  constructor(target: number) {
    this.#target = target;
  }

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Ends all connections without a closing handshake. */
  cut(): void {
    for (const link of this.#links) this.#end(link);
  }

  /** Cuts all connections and rejects new ones until `open`. */
  shut(): void {
    this.#isOpen = false;
    this.cut();
  }

  open(): void {
    this.#isOpen = true;
  }

  /** Stops the traffic of current connections, which stay open. Later ones are not affected. */
  freeze(): void {
    for (const link of this.#links) {
      link.isFrozen = true;
      for (const socket of [link.near, link.far]) socket.unpipe().pause();
    }
  }

  /** Resumes frozen connections unless one end has closed. */
  thaw(): void {
    for (const link of this.#links) {
      if (!link.isFrozen) continue;
      link.isFrozen = false;
      if (link.near.destroyed || link.far.destroyed) this.#end(link);
      else link.near.pipe(link.far).pipe(link.near);
    }
  }

  close(): void {
    this.shut();
    this.#server.close();
  }

  #accept(near: Socket): void {
    if (!this.#isOpen) return void near.destroy();
    const link = { near, far: connect(this.#target, '127.0.0.1'), isFrozen: false };
    this.#links.add(link);
    for (const socket of [link.near, link.far]) {
      socket.on('error', () => undefined); // followed by `close`
      // A frozen connection stays half open: its other end is not notified.
      socket.on('close', () => link.isFrozen || this.#end(link));
    }
    near.pipe(link.far).pipe(near);
  }

  #end(link: Link): void {
    this.#links.delete(link);
    link.near.destroy();
    link.far.destroy();
  }
}
