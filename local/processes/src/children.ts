/**
 * Child processes in process groups of their own.
 *
 * Not execa: its kill escalation and its clean-up at exit share one signal, always SIGKILL at the
 * end. PostgreSQL needs SIGQUIT there, so the timer below would stay, on top of thirteen more
 * packages.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Log } from './log.ts';

/** How a process ended: exactly one of the two is set. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number;
  /** Resolves when the process is gone; never rejects. */
  readonly exited: Promise<Exit>;
  /** Sends a signal to the whole process group. */
  signal(signal: NodeJS.Signals): void;
  /**
   * Sends `signal`, default SIGTERM, and kills after `graceMs`. Resolves when the process is gone.
   */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<Exit>;
}

export interface ChildOptions {
  /** Its name in the log. */
  name: string;
  command: string;
  args: readonly string[];
  /** The child's whole environment: nothing of this process leaks into it. */
  env: NodeJS.ProcessEnv;
  log: Log;
  cwd?: string;
  uid?: number;
  gid?: number;
  /**
   * File descriptor for the output, instead of the log: for a child that must survive the end of
   * this process.
   */
  outputFd?: number;
}

/** Running children, each with the signal that ends it at once. */
const running = new Map<ChildProcess, NodeJS.Signals>();
// Also runs after an uncaught exception. It does not run after kill -9: see leash.ts.
process.once('exit', killAllChildren);

/** An address: as a path, `--import` would take a `#`, `?` or `%` in it for a part of one. */
const LEASH = new URL('./leash.ts', import.meta.url).href;

export const describeExit = ({ code, signal }: Exit): string =>
  signal ? `was ended by ${signal}` : `ended with code ${code}`;

/**
 * Starts a program in its own process group, so that Ctrl-C in a terminal reaches this process
 * alone.
 * @param lastResort signal that ends the program at once
 * @throws Error when the program cannot be started
 */
export async function startChild(
  options: ChildOptions,
  lastResort: NodeJS.Signals = 'SIGKILL',
): Promise<Child> {
  const { name, command, args, env, log, cwd, uid, gid, outputFd } = options;
  const output = outputFd ?? 'pipe';
  const child = spawn(command, args, { cwd, env, uid, gid, detached: true, stdio: ['pipe', output, output] });
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(new Error(`Could not start ${name} (${command})`, { cause })));
  });
  running.set(child, lastResort);
  // Ignored: `exited` reports the end of the process, which is what breaks this pipe.
  child.stdin?.on('error', () => undefined);
  for (const stream of [child.stdout, child.stderr]) if (stream) logLines(stream, (line) => log(name, line));

  return {
    pid: child.pid as number,
    exited,
    signal: (signal) => signalGroup(child, signal),
    async stop(signal = 'SIGTERM', graceMs = 5_000) {
      signalGroup(child, signal);
      const timer = setTimeout(() => signalGroup(child, lastResort), graceMs);
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
  };
}

/** Runs a script under this process's Node. The child ends itself when this process is killed. */
export function startNodeChild(options: Omit<ChildOptions, 'command'>): Promise<Child> {
  return startChild({ ...options, command: process.execPath, args: ['--import', LEASH, ...options.args] });
}

/** Ends every child at once and in no order: for a second Ctrl-C or a crash. */
export function killAllChildren(): void {
  for (const [child, lastResort] of running) signalGroup(child, lastResort);
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // ESRCH: has ended
  }
}

function logLines(stream: Readable, write: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', write);
}
