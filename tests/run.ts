import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { choose, NothingMatches, type Choice } from './support/run/choose.ts';
import {
  isNuxtPrepared,
  prepareNuxt,
  ROOT,
  runFiles,
  runStep,
  sum,
  type Totals,
} from './support/run/run-step.ts';
import type { Step } from './support/run/steps.ts';

/**
 * `npm test [-- <step or path> …] [-t <test name>] [-u]`: every check of the repository, or the
 * ones that an argument names.
 *
 *   -t, --testNamePattern   only tests whose full name matches
 *   -u, --update            write changed snapshots
 *
 * A step that fails does not stop the ones after it. Prints `N passed, N failed` last and exits
 * with 1 when anything failed.
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
// A key press must stop the whole run, not only the current step.
let stopped = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => (stopped = true));

const lines: string[] = [];
const results: Totals[] = [];
if (steps.some((step) => step.needsNuxt) || (files.length > 0 && !isNuxtPrepared())) {
  console.log('Generating the types of the web app …');
  results.push(await prepareNuxt());
}
await runChecks(steps.filter((step) => step.checks));
for (const step of steps.filter(({ projects }) => projects)) {
  announce(step);
  await measure(step.name, () => runStep(step, { vitestArgs }));
}
if (files.length > 0) {
  announce({ name: 'files', description: files.join(', ') });
  await measure('files', () => runFiles(files, { vitestArgs }));
}

const totals = sum(results);
console.log(`\n${lines.join('\n')}\n`);
if (totals.failures.length > 0) console.log(`Failed:\n${totals.failures.join('\n')}\n`);
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
// A pattern that skips every test must not look like a success.
if (values.testNamePattern !== undefined && totals.passed + totals.failed === 0) {
  console.error(`No test has a name that matches "${values.testNamePattern}".`);
  totals.failed = 1;
}
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

/** Each check uses one core, so as many run at once as there are cores. */
async function runChecks(checks: readonly Step[]): Promise<void> {
  const waiting = [...checks];
  const atOnce = Math.min(checks.length, availableParallelism());
  const work = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      const { name, description } = step;
      if (atOnce === 1) announce(step);
      await measure(name, () => runStep(step, { vitestArgs, atOnce: atOnce > 1 }));
      if (atOnce > 1) console.log(`${lines.at(-1)}  ${description}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

function announce({ name, description }: Pick<Step, 'name' | 'description'>): void {
  console.log(`\n${`── ${name}: ${description} `.padEnd(80, '─')}`);
}

async function measure(name: string, run: () => Promise<Totals>): Promise<void> {
  if (stopped) return;
  const started = Date.now();
  const result = await run();
  results.push(result);
  const seconds = `${((Date.now() - started) / 1000).toFixed(1)} s`;
  const counts = `${String(result.passed).padStart(4)} passed ${String(result.failed).padStart(3)} failed`;
  lines.push(`${result.failed > 0 ? '✗' : '✓'} ${name.padEnd(9)} ${counts} ${seconds.padStart(8)}`);
}
