/** A clock that stands still, so that a test chooses which second of a rate limit it is in. */
export class Clock {
  #now = Math.floor(Date.now() / 1_000) * 1_000;

  readonly now = (): number => this.#now;

  /** @param ms */
  advance(ms: number): void {
    this.#now += ms;
  }
}
