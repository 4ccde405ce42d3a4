/** Nonces of accepted token requests, kept while a replay could still pass the timestamp check. */
export class NonceStore {
  readonly #usedAt = new Map<string, number>();
  readonly #keepFor: number;

  /** @param window how far a token request's timestamp may be from now, ms: either side counts */
  constructor(window: number) {
    this.#keepFor = 2 * window;
  }

  /** @returns false when it was used before */
  use(nonce: string, now: number): boolean {
    if (this.#usedAt.has(nonce)) return false;
    this.#usedAt.set(nonce, now);
    return true;
  }

  prune(now: number): void {
    for (const [nonce, usedAt] of this.#usedAt) {
      if (usedAt + this.#keepFor >= now) return; // insertion order is time order
      this.#usedAt.delete(nonce);
    }
  }
}
