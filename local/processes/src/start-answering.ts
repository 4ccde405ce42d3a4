import { setTimeout as delay } from 'node:timers/promises';
import { describeExit, startNodeChild, type Child, type ChildOptions } from './children.ts';

/** Lines of output that become part of the error when the program does not start. */
const MAX_LINES = 20;

type Program = Omit<ChildOptions, 'command'>;

/**
 * Starts a Node program and waits until `url` answers with success.
 * @throws Error with the program's first lines of output, when it ends or does not answer within
 * `limitMs`
 * @throws the signal's reason, after stopping the program, when the signal is aborted
 */
export function startAnswering(
  program: Program,
  url: string,
  limitMs: number,
  signal?: AbortSignal,
): Promise<Child> {
  return startUntil(program, () => answers(url), limitMs, signal);
}

/**
 * Starts a Node program and waits until it prints its address. Unlike an answer at an address that
 * was chosen before, the line can come from no other program that took the port in between.
 * @param address matches the line; its first group is the address
 * @throws as startAnswering
 */
export async function startAnnouncing(
  program: Program,
  address: RegExp,
  limitMs: number,
  signal?: AbortSignal,
): Promise<{ child: Child; address: string }> {
  let announced: string | undefined;
  const log = (part: string, line: string) => {
    announced ??= address.exec(line)?.[1];
    program.log(part, line);
  };
  const isReady = () => Promise.resolve(announced !== undefined);
  const child = await startUntil({ ...program, log }, isReady, limitMs, signal);
  return { child, address: announced ?? '' };
}

async function startUntil(
  program: Program,
  isReady: () => Promise<boolean>,
  limitMs: number,
  signal?: AbortSignal,
): Promise<Child> {
  const { name } = program;
  const output: string[] = [];
  const child = await startNodeChild({
    ...program,
    log(part, line) {
      if (output.length < MAX_LINES) output.push(line);
      program.log(part, line);
    },
  });
  let end: string | undefined;
  void child.exited.then((exit) => (end = describeExit(exit)));
  const deadline = Date.now() + limitMs;
  while (!(await isReady())) {
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
