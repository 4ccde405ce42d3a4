import { parseArgs } from 'node:util';
import { runStep, STEPS, type Totals } from './support/steps.ts';

/**
 * `npm test [-- step …]`: every check of the repository, in the order in which a mistake is cheapest to find.
 * A step that fails does not stop the ones after it. Ends with `N passed, N failed` and exits 1 when anything failed.
 */
const { positionals } = parseArgs({ allowPositionals: true });
const unknown = positionals.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(', ')}. The steps are ${STEPS.map((s) => s.name).join(', ')}.`);
  process.exit(2);
}

const chosen = STEPS.filter((step) => positionals.length === 0 || positionals.includes(step.name));
const totals: Totals = { passed: 0, failed: 0, skipped: 0, failures: [] };
const report: string[] = [];
for (const step of chosen) {
  console.log(
    `\n── ${step.name}: ${step.says} ${'─'.repeat(Math.max(0, 76 - step.name.length - step.says.length))}`,
  );
  const started = Date.now();
  const result = await runStep(step);
  for (const key of ['passed', 'failed', 'skipped'] as const) totals[key] += result[key];
  totals.failures.push(...result.failures);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  report.push(
    `${result.failed > 0 ? '✗' : '✓'} ${step.name.padEnd(12)} ${String(result.passed).padStart(4)} passed  ${String(result.failed).padStart(3)} failed  ${seconds.padStart(6)} s`,
  );
}

console.log(`\n${report.join('\n')}\n`);
if (totals.failures.length > 0) console.log(`Failed:\n${totals.failures.join('\n')}\n`);
console.log(
  `${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`,
);
process.exitCode = totals.failed > 0 ? 1 : 0;
