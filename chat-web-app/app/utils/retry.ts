/** ms: 1 s, 2 s, 4 s … 30 s. Each is shortened by up to a quarter at random, so that many tabs do not come back at once. */
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 30_000;

/**
 * Repeats an attempt until it succeeds, waiting longer each time; being online again ends the wait at once.
 * @param onFailure told each failure, so that it can be shown
 */
export async function retryUntilDone<Result>(
  attempt: () => Promise<Result>,
  onFailure: (error: unknown) => void,
  wait: (ms: number) => Promise<void> = waitOrOnline,
): Promise<Result> {
  for (let delay = FIRST_DELAY; ; delay = Math.min(delay * 2, LONGEST_DELAY)) {
    try {
      return await attempt();
    } catch (error) {
      onFailure(error);
    }
    await wait(delay * (1 - Math.random() / 4));
  }
}

function waitOrOnline(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      window.removeEventListener('online', over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    window.addEventListener('online', over);
  });
}
