import { randomBytes } from 'node:crypto';
import type { Principal } from '../auth/authenticate.ts';
import { hmac, sameSecret } from '../auth/crypto.ts';
import { Code, WireError } from '../errors.ts';
import { Account } from '../plan/account.ts';
import type { Timing } from '../timing.ts';
import { Connection } from './connection.ts';

/** The connections of one app: connected ones, and lost ones that can still be resumed. */
export class ConnectionRegistry {
  readonly #connections = new Map<string, Connection>();
  readonly #timers = new Map<Connection, NodeJS.Timeout[]>();
  readonly #secret = randomBytes(32);
  readonly #timing: Timing;
  readonly #account: Account;
  #transports = 0;
  #isClosed = false;

  constructor(timing: Timing, account = Account.unlimited()) {
    this.#timing = timing;
    this.#account = account;
  }

  create(principal: Principal): Connection {
    const id = randomBytes(9).toString('base64url');
    const connection = new Connection(id, principal, this.#account.connectionLimits(id));
    this.#connections.set(connection.id, connection);
    return connection;
  }

  /**
   * Returns the connection to resume, with its timers stopped, or the reason why there is none:
   * 80008 for an expired connection, 80018 for an invalid key.
   * @throws WireError 40102 when the credentials do not match the connection
   */
  resume(connectionKey: string, principal: Principal): Connection | WireError {
    const id = this.#idIn(connectionKey);
    if (id === undefined) {
      return new WireError(Code.badConnectionKey, 'Invalid connectionKey: a new connection was opened');
    }
    const connection = this.#connections.get(id);
    if (!connection) {
      return new WireError(
        Code.connectionExpired,
        'The connection to resume has ended: a new connection was opened',
      );
    }
    connection.reauthenticate(principal);
    this.#stopTimers(connection);
    return connection;
  }

  find(connectionKey: string): Connection | undefined {
    return this.#connections.get(this.#idIn(connectionKey) ?? '');
  }

  /** Returns the key for a new transport. Earlier keys stay valid, because resumes may race. */
  newKey({ id }: Connection): string {
    this.#transports += 1;
    return `${id}!${this.#macOf(id)}-${this.#transports}`;
  }

  /**
   * Drops a connection whose transport closed without CLOSE. Its members leave after the grace
   * period; its state stays for a resume.
   * @param presenceGrace ms, if the client requested its own
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

  /** Ends a connection: its members leave and it can no longer be resumed. */
  end(connection: Connection): void {
    this.#stopTimers(connection);
    connection.drop();
    connection.leaveAll();
    this.#connections.delete(connection.id);
  }

  all(): Connection[] {
    return [...this.#connections.values()];
  }

  /** Stops all timers; connections lost later start none. */
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
