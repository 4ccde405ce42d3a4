import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import * as v from 'valibot';

export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed, each with its first line of why: a log is often cut, and then its end is what is left. */
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

const ReportSchema = v.object({
  success: v.boolean(),
  numPassedTests: v.number(),
  numFailedTests: v.number(),
  numPendingTests: v.number(),
  numTodoTests: v.number(),
  testResults: v.array(
    v.object({
      name: v.string(),
      status: v.string(),
      message: v.optional(v.string(), ''),
      assertionResults: v.array(
        v.object({
          fullName: v.string(),
          status: v.string(),
          failureMessages: v.optional(v.nullable(v.array(v.string()), []), []),
        }),
      ),
    }),
  ),
});

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
    const file = join(directory, 'report.json');
    const args = [...run.args, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const ok = await command({ ...run, args });
    const report = v.parse(ReportSchema, JSON.parse(await readFile(file, 'utf8')));
    // A suite that could not be loaded, or an error outside any test, fails the run without a failed test.
    const failedOutside = (!ok || !report.success) && report.numFailedTests === 0 ? 1 : 0;
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + failedOutside,
      skipped: report.numPendingTests + report.numTodoTests,
      failures: [...failuresOf(report), ...(failedOutside ? ['an error outside any test, told above'] : [])],
    };
  } catch (error) {
    console.error('vitest left no readable report:', error);
    return { passed: 0, failed: 1, skipped: 0, failures: ['vitest left no readable report'] };
  } finally {
    await rm(directory, { recursive: true });
  }
}

function failuresOf({ testResults }: v.InferOutput<typeof ReportSchema>): string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0) return status === 'failed' ? [`${file}\n  ${message}`] : [];
    return failed.map((test) => [`${file}: ${test.fullName}`, ...test.failureMessages].join('\n  '));
  });
}

/** Started with the Node that runs this file: the system's `node` may be too old for these tools. */
function command(run: Step['runs'][number]): Promise<boolean> {
  const child = spawn(process.execPath, [binOf(run.package, run.bin), ...run.args], {
    cwd: run.cwd ?? root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NUXT_TELEMETRY_DISABLED: '1' },
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
