import { parseArgs } from 'node:util';
import { choose, NothingMatches, type Choice } from './support/run/choose.ts';
import { ROOT, runFiles, runStep, sum, type Totals } from './support/run/run-step.ts';

/**
 * `npm test [-- <step or path> …] [-t <test name>] [-u]`: every check of the repository, or the ones that an argument names.
 *
 *   -t, --testNamePattern   only tests whose full name matches
 *   -u, --update            write changed snapshots
 *
 * A step that fails does not stop the ones after it. Prints `N passed, N failed` last and exits with 1 when anything failed.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    testNamePattern: { type: 'string', short: 't' },
    update: { type: 'boolean', short: 'u' },
  },
});
const vitestArgs = [
  ...(values.testNamePattern === undefined ? [] : ['--testNamePattern', values.testNamePattern]),
  ...(values.update ? ['--update'] : []),
];
const { steps, files } = chooseOrExit();
// A key press must stop the run, not only the step at hand.
let stopped = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => (stopped = true));

const lines: string[] = [];
const results: Totals[] = [];
for (const step of steps) await report(step.name, step.description, () => runStep(step, vitestArgs));
if (files.length > 0) await report('files', files.join(', '), () => runFiles(files, vitestArgs));

const totals = sum(results);
console.log(`\n${lines.join('\n')}\n`);
if (totals.failures.length > 0) console.log(`Failed:\n${totals.failures.join('\n')}\n`);
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}${stopped ? ' (stopped early)' : ''}`);
process.exitCode = totals.failed > 0 || stopped ? 1 : 0;

function chooseOrExit(): Choice {
  try {
    return choose(positionals, { root: ROOT, from: process.env['INIT_CWD'] });
  } catch (error) {
    if (!(error instanceof NothingMatches)) throw error;
    console.error(error.message);
    return process.exit(2);
  }
}

async function report(name: string, description: string, run: () => Promise<Totals>): Promise<void> {
  if (stopped) return;
  console.log(`\n${`── ${name}: ${description} `.padEnd(80, '─')}`);
  const started = Date.now();
  const result = await run();
  results.push(result);
  const seconds = `${((Date.now() - started) / 1000).toFixed(1)} s`;
  const counts = [`${result.passed}`.padStart(4), 'passed', `${result.failed}`.padStart(3), 'failed'].join(
    ' ',
  );
  lines.push(`${result.failed > 0 ? '✗' : '✓'} ${name.padEnd(12)} ${counts} ${seconds.padStart(8)}`);
}
