import { randomBytes } from 'node:crypto';
import { hmac, sameSecret } from '../auth/crypto.ts';
import type { Principal } from '../auth/authenticate.ts';
import { Code, WireError } from '../errors.ts';
import type { Timing } from '../timing.ts';
import { Connection } from './connection.ts';

/** The connections of one app: live ones, and lost ones that can still be resumed. */
export class ConnectionRegistry {
  readonly #connections = new Map<string, Connection>();
  readonly #timers = new Map<Connection, NodeJS.Timeout[]>();
  readonly #secret = randomBytes(32);
  readonly #timing: Timing;
  #transports = 0;
  #isClosed = false;

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  create(principal: Principal): Connection {
    const connection = new Connection(randomBytes(9).toString('base64url'), principal);
    this.#connections.set(connection.id, connection);
    return connection;
  }

  /**
   * The connection to be continued, with its timers stopped.
   * @returns why there is none: 80008 for a key that was good once, 80018 for one that never was
   * @throws WireError 40102 when the credentials do not fit
   */
  resume(connectionKey: string, principal: Principal): Connection | WireError {
    const id = this.#idIn(connectionKey);
    if (id === undefined)
      return new WireError(Code.badConnectionKey, 'Unknown connectionKey: this is a new connection');
    const connection = this.#connections.get(id);
    if (!connection)
      return new WireError(Code.connectionExpired, 'The connection to resume has ended: this is a new one');
    connection.reauthenticate(principal);
    this.#stopTimers(connection);
    return connection;
  }

  find(connectionKey: string): Connection | undefined {
    return this.#connections.get(this.#idIn(connectionKey) ?? '');
  }

  /** A new key for a new transport. Every key of a connection goes on naming it: resumes may race. */
  newKey({ id }: Connection): string {
    this.#transports += 1;
    return `${id}!${this.#macOf(id)}-${this.#transports}`;
  }

  /**
   * The transport was lost without a goodbye: members leave after a grace period, the rest is kept for a resume.
   * @param presenceGrace ms, where the client asked for its own
   */
  lose(connection: Connection, presenceGrace = this.#timing.presenceGrace): void {
    connection.drop();
    this.#stopTimers(connection);
    if (this.#isClosed) return;
    this.#timers.set(connection, [
      setTimeout(() => connection.leaveAll(), presenceGrace),
      setTimeout(() => this.end(connection), this.#timing.connectionStateTtl),
    ]);
  }

  /** Ends it for good. */
  end(connection: Connection): void {
    this.#stopTimers(connection);
    connection.drop();
    connection.leaveAll();
    this.#connections.delete(connection.id);
  }

  all(): Connection[] {
    return [...this.#connections.values()];
  }

  /** Nothing can be resumed any more. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#timers.keys()) this.#stopTimers(connection);
  }

  #stopTimers(connection: Connection): void {
    for (const timer of this.#timers.get(connection) ?? []) clearTimeout(timer);
    this.#timers.delete(connection);
  }

  #idIn(connectionKey: string): string | undefined {
    const [, id, mac] = /^([\w-]+)!([\w-]+)-\d+$/.exec(connectionKey) ?? [];
    return id !== undefined && mac !== undefined && sameSecret(mac, this.#macOf(id)) ? id : undefined;
  }

  #macOf(id: string): string {
    return hmac(this.#secret, id).subarray(0, 15).toString('base64url');
  }
}
