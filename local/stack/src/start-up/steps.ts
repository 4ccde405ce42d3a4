/** Progress of a start. */
export type Step =
  | { name: string; state: 'started' }
  | { name: string; state: 'done'; detail: string; ms: number }
  | { name: string; state: 'failed'; ms: number };

export type Run = <Result>(name: string, work: () => Promise<readonly [Result, string]>) => Promise<Result>;

/**
 * Returns a function that runs one step and reports its begin and end. It starts no step after an
 * abort.
 */
export function stepRunner(onStep: (step: Step) => void, signal: AbortSignal | undefined): Run {
  return async (name, work) => {
    signal?.throwIfAborted();
    const startedAt = performance.now();
    const ms = () => Math.round(performance.now() - startedAt);
    onStep({ name, state: 'started' });
    try {
      const [result, detail] = await work();
      onStep({ name, state: 'done', detail, ms: ms() });
      return result;
    } catch (error) {
      onStep({ name, state: 'failed', ms: ms() });
      throw error;
    }
  };
}
