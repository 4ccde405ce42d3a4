const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 30_000;

/**
 * Yields the delays between attempts in ms: 1 s, 2 s, 4 s … 30 s. Each is shortened by up to a
 * quarter at random, so that tabs do not retry at the same moment.
 */
export function* retryDelays(): Generator<number, never> {
  for (let delay = FIRST_DELAY; ; delay = Math.min(delay * 2, LONGEST_DELAY)) {
    yield delay * (1 - Math.random() / 4);
  }
}

/**
 * Repeats an attempt until it succeeds. Delays grow; the browser's `online` event ends a delay.
 * @param onFailure receives the error of each failed attempt
 */
export async function retryUntilDone<Result>(
  attempt: () => Promise<Result>,
  onFailure: (error: unknown) => void,
  wait: (ms: number) => Promise<void> = waitOrOnline,
): Promise<Result> {
  const delays = retryDelays();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      onFailure(error);
    }
    await wait(delays.next().value);
  }
}

function waitOrOnline(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      window.removeEventListener('online', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    window.addEventListener('online', end);
  });
}
