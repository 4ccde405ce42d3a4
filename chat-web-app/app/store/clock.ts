/** Time and chance, which a test replaces. */
export interface Clock {
  /** ms since the epoch */
  now: () => number;
  /** Calls `action` once after `ms`. Returns the function that cancels it. */
  after: (ms: number, action: () => void) => () => void;
  /** At least 0 and less than 1. */
  random: () => number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

export function wait({ after }: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void after(ms, resolve));
}
