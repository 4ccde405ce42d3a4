import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { commandOf, Descendants, endAll } from './left-behind.ts';
import { withScratch } from './scratch.ts';
import type { Step, Tool } from './steps.ts';
import { SummarySchema } from './summary-reporter.ts';

export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
  /**
   * What failed, and why. Printed again at the end, because the beginning of a long log is often
   * cut.
   */
  failures: string[];
}

export const ROOT = resolve(import.meta.dirname, '../../..');
const WEB_APP = join(ROOT, 'chat-web-app');
const REPORTER = join(import.meta.dirname, 'summary-reporter.ts');
const PREPARE_NUXT: Tool = { bin: 'nuxt', args: ['prepare'], cwd: 'chat-web-app' };

export interface RunOptions {
  /** Further arguments for vitest. */
  readonly vitestArgs: readonly string[];
  /** Print what a check prints only when it is done, because others run at the same time. */
  readonly atOnce?: boolean;
}

export async function runStep(step: Step, { vitestArgs, atOnce = false }: RunOptions): Promise<Totals> {
  const results: Totals[] = [];
  for (const tool of step.checks ?? []) results.push(await runCheck(tool, atOnce));
  if (step.projects) {
    const projects = step.projects.flatMap((name) => ['--project', name]);
    results.push(await runVitest([...projects, ...vitestArgs]));
  }
  return sum(results);
}

/** Runs test files, whichever projects they belong to. */
export function runFiles(files: readonly string[], { vitestArgs }: RunOptions): Promise<Totals> {
  return runVitest([...files, ...vitestArgs]);
}

/**
 * Generates the types and aliases of the web app, which its tests, the linter and its type check
 * read.
 */
export async function prepareNuxt(): Promise<Totals> {
  const { failed, failures } = await runCheck(PREPARE_NUXT, true);
  return { passed: 0, failed, skipped: 0, failures };
}

/** Single files only need the generated files to exist; whole steps need them to be current. */
export function isNuxtPrepared(): boolean {
  return existsSync(join(WEB_APP, '.nuxt/tsconfig.app.json'));
}

export function sum(results: readonly Totals[]): Totals {
  const add = (key: 'passed' | 'failed' | 'skipped') =>
    results.reduce((total, result) => total + result[key], 0);
  const failures = results.flatMap((result) => result.failures);
  return { passed: add('passed'), failed: add('failed'), skipped: add('skipped'), failures };
}

async function runCheck(tool: Tool, buffered: boolean): Promise<Totals> {
  const { ok, output, leftBehind } = await run(tool, { buffered });
  if (!ok || !buffered) process.stdout.write(output);
  const failures = [...(ok ? [] : [`${tool.bin} ${tool.args.join(' ')}`]), ...leftBehind];
  return { passed: ok ? 1 : 0, failed: failures.length, skipped: 0, failures };
}

function runVitest(args: readonly string[]): Promise<Totals> {
  return withScratch(async (folder) => {
    const file = join(folder, 'summary.json');
    const all = ['run', ...args, '--reporter=default', `--reporter=${REPORTER}`];
    const env = { TEST_SUMMARY_FILE: file, TMPDIR: folder };
    const { ok, leftBehind } = await run({ bin: 'vitest', args: all }, { env });
    const summary = await readSummary(file);
    const { passed = 0, skipped = 0 } = summary ?? {};
    const failures = [...(summary?.failures ?? []), ...leftBehind];
    if (!summary) failures.push(`vitest ${args.join(' ')} wrote no readable summary`);
    else if (!ok && failures.length === 0)
      failures.push(`vitest ${args.join(' ')} failed; its output has the reason`);
    return { passed, skipped, failed: failures.length, failures };
  });
}

async function readSummary(file: string) {
  try {
    return v.parse(SummarySchema, JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    console.error('Could not read the summary that vitest writes:', error);
    return undefined;
  }
}

interface Outcome {
  readonly ok: boolean;
  /** What it printed, unless that went straight to the terminal. */
  readonly output: string;
  /** One line for each process that the tool left behind. It and its children are killed. */
  readonly leftBehind: readonly string[];
}

/**
 * Runs a tool in a process group of its own, with the Node that runs this file: the system's may be
 * too old.
 */
async function run(
  tool: Tool,
  { env = {}, buffered = false }: { env?: Record<string, string>; buffered?: boolean },
): Promise<Outcome> {
  const out = buffered ? 'pipe' : 'inherit';
  const child = spawn(process.execPath, [scriptOf(tool.bin), ...tool.args], {
    cwd: join(ROOT, tool.cwd ?? '.'),
    stdio: ['ignore', out, out],
    env: { ...process.env, NUXT_TELEMETRY_DISABLED: '1', ...env },
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  }
  const exit = new Promise<boolean>((resolveExit, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolveExit(code === 0));
  });
  if (child.pid === undefined) return { ok: await exit, output, leftBehind: [] };
  const group = -child.pid;
  const descendants = new Descendants(child.pid);
  // A terminal sends Ctrl-C to its own group only.
  const forward = (signal: NodeJS.Signals) => void process.kill(group, signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, forward);
  const ok = await exit.finally(() => signals.forEach((signal) => process.off(signal, forward)));
  const left = await descendants.leftBehind();
  // A process that is left behind explains its own children.
  const ids = new Set(left.map(({ pid }) => pid));
  const oldest = left.filter(({ parent }) => !ids.has(parent));
  const leftBehind = oldest.map((each) => `left a process behind: ${each.pid} ${commandOf(each)}`);
  endAll(left);
  return { ok, output, leftBehind };
}

/** The script behind a command, from the web app's packages or the root's. */
function scriptOf(bin: string): string {
  const links = [WEB_APP, ROOT].map((folder) => join(folder, 'node_modules/.bin', bin));
  const link = links.find((path) => existsSync(path));
  if (link === undefined) throw new Error(`No installed package has the command ${bin}; run npm install`);
  return realpathSync(link);
}
