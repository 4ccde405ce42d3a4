/**
 * Counts what happens within one second of the clock and admits up to a number of it. The rest is
 * refused until the second ends, as Ably documents for the limits of channels and connections.
 */
export class SecondWindow {
  readonly limit: number;
  #second = 0;
  #used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /**
   * Returns how many of `count` are admitted now, and counts these.
   * @param now ms since the epoch
   */
  take(now: number, count = 1): number {
    const second = Math.floor(now / 1_000);
    // Not only a later one: the clock of the machine may step back.
    if (second !== this.#second) [this.#second, this.#used] = [second, 0];
    const admitted = Math.max(Math.min(count, this.limit - this.#used), 0);
    this.#used += admitted;
    return admitted;
  }
}

/**
 * Refuses a share of what exceeds a rate, as Ably documents for the limits of an account: at twice
 * the rate each operation is refused with a probability of one half. The rate is that of the attempts
 * within the last second, estimated from the counts of this second and the one before.
 */
export class Proportion {
  readonly limit: number;
  readonly #random: () => number;
  #second = 0;
  #before = 0;
  #current = 0;

  constructor(limit: number, random: () => number = Math.random) {
    this.limit = limit;
    this.#random = random;
  }

  /**
   * Counts an attempt and returns whether it is admitted.
   * @param now ms since the epoch
   * @param weight such as the number of messages of a publish
   */
  admits(now: number, weight = 1): boolean {
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      this.#before = second === this.#second + 1 ? this.#current : 0;
      [this.#second, this.#current] = [second, 0];
    }
    const elapsed = now / 1_000 - second;
    const rate = this.#before * (1 - elapsed) + this.#current; // without this attempt
    this.#current += weight;
    return rate + weight <= this.limit || this.#random() < this.limit / rate;
  }
}
