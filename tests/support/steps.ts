import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import * as v from 'valibot';
import { SummarySchema } from './summary-reporter.ts';

export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed, and why: a log is often cut, and then its end is what is left. */
  failures: string[];
}

interface Step {
  name: string;
  says: string;
  /** A tool that passes or fails as a whole counts as one test; vitest tells how many it ran. */
  kind: 'check' | 'vitest';
  /** Package, name of its command, arguments; several run one after the other. */
  runs: { package: string; bin: string; args: string[]; cwd?: string }[];
}

const root = resolve(import.meta.dirname, '../..');
const webApp = join(root, 'chat-web-app');
const REPORTER = join(import.meta.dirname, 'summary-reporter.ts');

export const STEPS: readonly Step[] = [
  {
    name: 'format',
    says: 'Prettier has nothing to change',
    kind: 'check',
    runs: [{ package: 'prettier', bin: 'prettier', args: ['--check', '--log-level', 'warn', '.'] }],
  },
  {
    name: 'types',
    says: 'TypeScript, the web app included',
    kind: 'check',
    runs: [
      { package: 'typescript', bin: 'tsc', args: ['-p', '.'] },
      { package: 'nuxt', bin: 'nuxt', args: ['typecheck'], cwd: webApp },
    ],
  },
  {
    name: 'lint',
    says: 'ESLint with types',
    kind: 'check',
    runs: [{ package: 'eslint', bin: 'eslint', args: ['.', '--max-warnings', '0'] }],
  },
  {
    name: 'web-app',
    says: 'the merge, the store, the components',
    kind: 'vitest',
    runs: [{ package: 'vitest', bin: 'vitest', args: ['run', '--root', webApp], cwd: webApp }],
  },
  {
    name: 'parts',
    says: 'every other part, on real Postgres, sockets and processes',
    kind: 'vitest',
    runs: [{ package: 'vitest', bin: 'vitest', args: ['run', '--project', 'parts'] }],
  },
  {
    name: 'deploy',
    says: 'templates, clients and steps; the artefacts themselves, run',
    kind: 'vitest',
    runs: [
      { package: 'vitest', bin: 'vitest', args: ['run', '--config', 'infra/vitest.config.ts'] },
      { package: 'vitest', bin: 'vitest', args: ['run', '--project', 'deploy'] },
    ],
  },
  {
    name: 'journeys',
    says: 'the whole stack, as a person and as a fault would use it',
    kind: 'vitest',
    runs: [{ package: 'vitest', bin: 'vitest', args: ['run', '--project', 'journeys'] }],
  },
];

/** Runs all commands of a step, streaming what they print. */
export async function runStep(step: Step): Promise<Totals> {
  const totals: Totals = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const run of step.runs) {
    const result = step.kind === 'vitest' ? await runVitest(run) : await runCheck(run);
    totals.passed += result.passed;
    totals.failed += result.failed;
    totals.skipped += result.skipped;
    totals.failures.push(...result.failures);
  }
  return totals;
}

async function runCheck(run: Step['runs'][number]): Promise<Totals> {
  const ok = await command(run);
  const failures = ok ? [] : [`${run.bin} ${run.args.join(' ')}`];
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, failures };
}

async function runVitest(run: Step['runs'][number]): Promise<Totals> {
  const directory = await mkdtemp(join(tmpdir(), 'chat-test-report-'));
  try {
    const file = join(directory, 'summary.json');
    const args = [...run.args, '--reporter=default', `--reporter=${REPORTER}`];
    const ok = await command({ ...run, args }, { TEST_SUMMARY_FILE: file });
    const summary = v.parse(SummarySchema, JSON.parse(await readFile(file, 'utf8')));
    if (ok || summary.failed > 0) return summary;
    return { ...summary, failed: 1, failures: [`${run.args.join(' ')}: vitest failed, and told above why`] };
  } catch (error) {
    console.error('vitest left no readable summary:', error);
    return { passed: 0, failed: 1, skipped: 0, failures: ['vitest left no readable summary'] };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Started with the Node that runs this file: the system's `node` may be too old for these tools. */
function command(run: Step['runs'][number], env: Record<string, string> = {}): Promise<boolean> {
  const child = spawn(process.execPath, [binOf(run.package, run.bin), ...run.args], {
    cwd: run.cwd ?? root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NUXT_TELEMETRY_DISABLED: '1', ...env },
  });
  return new Promise((resolveExit, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolveExit(code === 0));
  });
}

function binOf(packageName: string, bin: string): string {
  const manifest = createRequire(join(webApp, 'package.json')).resolve(`${packageName}/package.json`);
  const { bin: bins } = createRequire(manifest)(manifest) as { bin: string | Record<string, string> };
  const path = typeof bins === 'string' ? bins : bins[bin];
  if (path === undefined) throw new Error(`Package ${packageName} has no command ${bin}`);
  return join(dirname(manifest), path);
}
