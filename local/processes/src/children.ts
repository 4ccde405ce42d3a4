import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Log } from './log.ts';

/** How a process ended: exactly one of the two is set. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number;
  /** Settles when the process is gone; never rejects. */
  readonly exited: Promise<Exit>;
  /** Sends a signal to it and its own children. */
  signal(signal: NodeJS.Signals): void;
  /** Asks politely with `signal`, kills after `graceMs`; settles when the process is gone. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<Exit>;
}

export interface ChildOptions {
  /** Its name in the log. */
  name: string;
  command: string;
  args: readonly string[];
  /** The whole environment of the child: nothing of ours leaks into it. */
  env: NodeJS.ProcessEnv;
  log: Log;
  cwd?: string;
  uid?: number;
  gid?: number;
  /** An open file that takes the child's output in place of the log; needed where the child must outlive us calmly. */
  outputFd?: number;
}

const running = new Map<ChildProcess, NodeJS.Signals>();
// However this process ends, an exception nobody caught included, no child goes on. (kill -9 leaves no chance: see leash.ts.)
process.once('exit', killAllChildren);

const LEASH = fileURLToPath(new URL('./leash.ts', import.meta.url));

export const describeExit = ({ code, signal }: Exit): string =>
  signal ? `was ended by ${signal}` : `ended with code ${code}`;

/**
 * Starts a program in a process group of its own: Ctrl-C in a terminal reaches only us, and we stop the parts in order.
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
  // A write to the pipe of a process that has just died is not news: `exited` tells.
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

/** A child that runs a script under this very Node, and ends by itself when we are killed outright. */
export function startNodeChild(options: Omit<ChildOptions, 'command'>): Promise<Child> {
  return startChild({ ...options, command: process.execPath, args: ['--import', LEASH, ...options.args] });
}

/** The last resort, for a second Ctrl-C or a crash: no waiting, no order. */
export function killAllChildren(): void {
  for (const [child, lastResort] of running) signalGroup(child, lastResort);
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal); // the whole group: some children have children
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // gone a moment ago is what we want
  }
}

function logLines(stream: Readable, write: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', write);
}
