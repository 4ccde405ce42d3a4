import { setTimeout as delay } from 'node:timers/promises';
import { describeExit, startNodeChild, type Child, type ChildOptions } from './children.ts';

/** How much of a child's output goes into the error when it does not start. */
const MAX_WORDS = 20;

/**
 * Starts a Node program and waits until `url` answers with success.
 * @throws Error with the program's own words when it ends instead, or takes longer than `limitMs`
 * @throws the signal's reason when it is aborted; the program is ended then
 */
export async function startAnswering(
  options: Omit<ChildOptions, 'command'>,
  url: string,
  limitMs: number,
  signal?: AbortSignal,
): Promise<Child> {
  const { name } = options;
  const words: string[] = [];
  const child = await startNodeChild({
    ...options,
    log(part, line) {
      if (words.length < MAX_WORDS) words.push(line);
      options.log(part, line);
    },
  });
  let end: string | undefined;
  void child.exited.then((exit) => (end = describeExit(exit)));
  const deadline = Date.now() + limitMs;
  while (!(await answers(url))) {
    if (end) throw new Error(`The ${name} ${end}:\n${words.join('\n')}`);
    if (signal?.aborted || Date.now() > deadline) {
      await child.stop();
      signal?.throwIfAborted();
      throw new Error(`The ${name} did not answer within ${limitMs / 1_000} s:\n${words.join('\n')}`);
    }
    await delay(30);
  }
  return child;
}

/** Nobody listening yet is a plain no. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
