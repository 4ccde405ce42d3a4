import type { Outcome } from '../programs.ts';

/**
 * Runs a program and returns its outcome.
 * @param isSuccess by default: the exit code is 0
 * @throws Error with the exit code and the last lines of its output
 */
export async function runProgram(
  name: string,
  run: () => Promise<Outcome>,
  isSuccess = ({ code }: Outcome): boolean => code === 0,
): Promise<Outcome> {
  const outcome = await run();
  if (isSuccess(outcome)) return outcome;
  const lastLines = outcome.output.trim().split('\n').slice(-8).join('\n');
  throw new Error(`${name} failed with code ${outcome.code}: ${lastLines}`);
}
