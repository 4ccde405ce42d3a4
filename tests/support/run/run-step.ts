import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import * as v from 'valibot';
import { commandOf, Descendants, endAll } from './left-behind.ts';
import type { Step, Tool } from './steps.ts';
import { SummarySchema } from './summary-reporter.ts';

export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed, and why. Printed again at the end, because the beginning of a long log is often cut. */
  failures: string[];
}

export const ROOT = resolve(import.meta.dirname, '../../..');
const WEB_APP = join(ROOT, 'chat-web-app');
const REPORTER = join(import.meta.dirname, 'summary-reporter.ts');
const PREPARE_NUXT: Tool = { package: 'nuxt', bin: 'nuxt', args: ['prepare'], cwd: 'chat-web-app' };

/** Runs a step and prints what its tools print. */
export async function runStep(step: Step, vitestArgs: readonly string[]): Promise<Totals> {
  const results: Totals[] = [];
  if (step.needsNuxt) results.push(await prepareNuxt());
  for (const tool of step.checks ?? []) results.push(await runCheck(tool));
  if (step.projects) {
    const projects = step.projects.flatMap((name) => ['--project', name]);
    results.push(await runVitest([...projects, ...vitestArgs]));
  }
  return sum(results);
}

/** Runs test files, whichever projects they belong to. */
export async function runFiles(files: readonly string[], vitestArgs: readonly string[]): Promise<Totals> {
  const needsNuxt = files.some((file) => !file.includes('/') || /^(chat-web-app|tests)\//.test(file));
  const prepared = needsNuxt ? [await prepareNuxt()] : [];
  return sum([...prepared, await runVitest([...files, ...vitestArgs])]);
}

export function sum(results: readonly Totals[]): Totals {
  const add = (key: 'passed' | 'failed' | 'skipped') =>
    results.reduce((total, result) => total + result[key], 0);
  const failures = results.flatMap((result) => result.failures);
  return { passed: add('passed'), failed: add('failed'), skipped: add('skipped'), failures };
}

/** The step `types` keeps the generated files current; everything else only needs them to exist. */
async function prepareNuxt(): Promise<Totals> {
  if (existsSync(join(WEB_APP, '.nuxt/tsconfig.app.json'))) return sum([]);
  const { failed, failures } = await runCheck(PREPARE_NUXT);
  return { passed: 0, failed, skipped: 0, failures };
}

async function runCheck(tool: Tool): Promise<Totals> {
  const { ok, leftBehind } = await run(tool);
  const failures = [...(ok ? [] : [`${tool.bin} ${tool.args.join(' ')}`]), ...leftBehind];
  return { passed: ok ? 1 : 0, failed: failures.length, skipped: 0, failures };
}

async function runVitest(args: readonly string[]): Promise<Totals> {
  const directory = await mkdtemp(join(tmpdir(), 'chat-test-report-'));
  try {
    const file = join(directory, 'summary.json');
    const all = ['run', ...args, '--reporter=default', `--reporter=${REPORTER}`];
    const { ok, leftBehind } = await run(
      { package: 'vitest', bin: 'vitest', args: all },
      { TEST_SUMMARY_FILE: file },
    );
    const summary = v.parse(SummarySchema, JSON.parse(await readFile(file, 'utf8')));
    const failures = [...summary.failures, ...leftBehind];
    if (!ok && failures.length === 0)
      failures.push(`vitest ${args.join(' ')} failed; its output has the reason`);
    return { ...summary, failed: failures.length, failures };
  } catch (error) {
    console.error('Could not read the summary that vitest writes:', error);
    return {
      passed: 0,
      failed: 1,
      skipped: 0,
      failures: [`vitest ${args.join(' ')} wrote no readable summary`],
    };
  } finally {
    await rm(directory, { recursive: true });
  }
}

interface Outcome {
  readonly ok: boolean;
  /** One line for each process that the tool left behind. They are ended. */
  readonly leftBehind: readonly string[];
}

/** Runs a tool in a process group of its own, with the Node that runs this file: the system's may be too old. */
async function run(tool: Tool, env: Record<string, string> = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [binOf(tool.package, tool.bin), ...tool.args], {
    cwd: join(ROOT, tool.cwd ?? '.'),
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NUXT_TELEMETRY_DISABLED: '1', ...env },
    detached: true,
  });
  const exit = new Promise<boolean>((resolveExit, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolveExit(code === 0));
  });
  if (child.pid === undefined) return { ok: await exit, leftBehind: [] };
  const group = -child.pid;
  const descendants = new Descendants(child.pid);
  // A terminal sends Ctrl-C to its own group only.
  const forward = (signal: NodeJS.Signals) => void process.kill(group, signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, forward);
  const ok = await exit.finally(() => signals.forEach((signal) => process.off(signal, forward)));
  const left = await descendants.leftBehind();
  const leftBehind = left.map((each) => `left a process behind: ${each.pid} ${commandOf(each)}`);
  endAll(left);
  return { ok, leftBehind };
}

/** Path of a package's command, found from the web app's folder: some tools are installed only there. */
function binOf(packageName: string, bin: string): string {
  const manifest = createRequire(join(WEB_APP, 'package.json')).resolve(`${packageName}/package.json`);
  const { bin: bins } = createRequire(manifest)(manifest) as { bin: string | Record<string, string> };
  const path = typeof bins === 'string' ? bins : bins[bin];
  if (path === undefined) throw new Error(`Package ${packageName} has no command ${bin}`);
  return join(dirname(manifest), path);
}
