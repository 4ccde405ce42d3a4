/** Decides what goes wrong, from generated numbers, which it uses again and again. */
export interface Chances {
  /** @param percent how often, until a case has had as many faults as it may have */
  fault(percent: number): boolean;
  /** Returns one of these delays, ms. */
  delay(...choices: number[]): number;
}

/** Bounds the faults of a case: the numbers repeat, so that one message could fail for ever. */
const MOST_FAULTS = 60;

export function createChances(numbers: readonly number[]): Chances {
  let drawn = 0;
  let faults = 0;
  // The count makes a repeated number choose otherwise than before.
  const next = () => ((numbers[drawn % numbers.length] ?? 0) + 7919 * drawn++) % 1_000_003;
  return {
    fault(percent) {
      const happens = next() % 100 < percent && faults < MOST_FAULTS;
      if (happens) faults += 1;
      return happens;
    },
    delay: (...choices) => choices[next() % choices.length] ?? 0,
  };
}
