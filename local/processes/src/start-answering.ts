import { setTimeout as delay } from 'node:timers/promises';
import { describeExit, startNodeChild, type Child, type ChildOptions } from './children.ts';

/** Lines of output that become part of the error when the program does not start. */
const MAX_LINES = 20;

/**
 * Starts a Node program and waits until `url` answers with success.
 * @throws Error with the program's first lines of output, when it ends or does not answer within
 * `limitMs`
 * @throws the signal's reason, after stopping the program, when the signal is aborted
 */
export async function startAnswering(
  options: Omit<ChildOptions, 'command'>,
  url: string,
  limitMs: number,
  signal?: AbortSignal,
): Promise<Child> {
  const { name } = options;
  const output: string[] = [];
  const child = await startNodeChild({
    ...options,
    log(part, line) {
      if (output.length < MAX_LINES) output.push(line);
      options.log(part, line);
    },
  });
  let end: string | undefined;
  void child.exited.then((exit) => (end = describeExit(exit)));
  const deadline = Date.now() + limitMs;
  while (!(await answers(url))) {
    if (end) throw new Error(`The ${name} ${end}:\n${output.join('\n')}`);
    if (signal?.aborted || Date.now() > deadline) {
      await child.stop();
      signal?.throwIfAborted();
      throw new Error(`The ${name} did not answer within ${limitMs / 1_000} s:\n${output.join('\n')}`);
    }
    await delay(30);
  }
  return child;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // not listening yet
  }
}
