/** The result of one check. */
export interface Finding {
  readonly state: 'ok' | 'warning' | 'wrong';
  readonly summary: string;
  readonly remedy?: string;
}

export interface HealthCheck {
  readonly name: string;
  /** An error counts as a wrong state. */
  run(): Promise<Finding>;
}

export const ok = (summary: string): Finding => ({ state: 'ok', summary });
export const warning = (summary: string, remedy: string): Finding => ({ state: 'warning', summary, remedy });
export const wrong = (summary: string, remedy: string): Finding => ({ state: 'wrong', summary, remedy });

/** Runs one check. */
export function findingOf({ run }: HealthCheck): Promise<Finding> {
  return run().catch((error: unknown) => wrong(error instanceof Error ? error.message : String(error), ''));
}

/** Prints a finding and its remedy. */
export function printFinding(
  name: string,
  { state, summary, remedy }: Finding,
  print: (line: string) => void,
): void {
  print(`  ${state.padEnd(7)} ${name}: ${summary}`);
  if (remedy) print(`          → ${remedy}`);
}

/**
 * Runs all checks, also after one has failed, and prints each finding.
 * @returns true when none is wrong
 */
export async function runHealthChecks(
  checks: readonly HealthCheck[],
  print: (line: string) => void,
): Promise<boolean> {
  let healthy = true;
  for (const check of checks) {
    const finding = await findingOf(check);
    printFinding(check.name, finding, print);
    if (finding.state === 'wrong') healthy = false;
  }
  return healthy;
}
