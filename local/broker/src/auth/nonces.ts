/** Nonces of accepted token requests, stored while a replay could pass the timestamp check. */
export class NonceStore {
  readonly #usedAt = new Map<string, number>();
  readonly #retention: number;

  /** @param window how far a request's timestamp may be before or after now, in ms */
  constructor(window: number) {
    this.#retention = 2 * window;
  }

  /** Marks a nonce as used; returns false if it was used before. */
  use(nonce: string, now: number): boolean {
    if (this.#usedAt.has(nonce)) return false;
    this.#usedAt.set(nonce, now);
    return true;
  }

  prune(now: number): void {
    for (const [nonce, usedAt] of this.#usedAt) {
      if (usedAt + this.#retention >= now) return; // a Map iterates in order of insertion
      this.#usedAt.delete(nonce);
    }
  }
}
