import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** How often to look, in ms. A look costs about 20 µs for each process of the machine. */
const INTERVAL = 500;
/**
 * How long processes may run on after the step, in ms: some end only when they notice that their
 * parent is gone.
 */
const GRACE = 5_000;

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Start time; distinguishes a process from a later one with the same id. */
  readonly started: string;
  /** Where the listing of the platform includes it. */
  readonly command?: string;
}

/**
 * Follows a process and everything that it starts, directly or not. A descendant is recognised by
 * its parent or its process group. Its environment is no criterion: several tests start the part
 * under test with an empty one.
 */
export class Descendants {
  readonly #root: number;
  readonly #descendants = new Map<number, Process>();
  readonly #groups: Set<number>;
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;

  /** @param root the leader of a process group of its own */
  constructor(root: number) {
    this.#root = root;
    this.#groups = new Set([root]);
    this.#watching = this.#watch();
  }

  /**
   * Stops watching.
   * @returns the descendants that still run when the time they have to end is over
   */
  async leftBehind(): Promise<Process[]> {
    this.#stop.abort();
    await this.#watching;
    const deadline = Date.now() + GRACE;
    for (;;) {
      this.#look();
      if (this.#descendants.size === 0 || Date.now() > deadline) return [...this.#descendants.values()];
      await wait(INTERVAL);
    }
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#look();
      await wait(INTERVAL, undefined, { signal }).catch(() => undefined); // aborted: the step has ended
    }
  }

  #look(): void {
    const running = listProcesses();
    const started = new Map(running.map((each) => [each.pid, each.started]));
    for (const [pid, descendant] of this.#descendants)
      if (started.get(pid) !== descendant.started) this.#descendants.delete(pid);
    // Repeated until nothing is found, because a child may be listed before its parent.
    for (let found = -1; found !== this.#descendants.size;) {
      found = this.#descendants.size;
      for (const each of running) if (this.#isDescendant(each)) this.#descendants.set(each.pid, each);
    }
    // A group outlives its leader, and the system gives its id to no other process until it is
    // empty.
    this.#groups.clear();
    for (const { group } of this.#descendants.values()) this.#groups.add(group);
    this.#groups.add(this.#root);
  }

  #isDescendant({ pid, parent, group }: Process): boolean {
    if (pid === this.#root) return false;
    return parent === this.#root || this.#descendants.has(parent) || this.#groups.has(group);
  }
}

/** @returns those that have not ended; a later process with the same id is another one */
export function stillRunning(processes: readonly Process[]): Process[] {
  const started = new Map(listProcesses().map((each) => [each.pid, each.started]));
  return processes.filter(({ pid, started: seen }) => started.get(pid) === seen);
}

export function endAll(processes: readonly Process[]): void {
  for (const { pid } of stillRunning(processes)) process.kill(pid, 'SIGKILL');
}

/** Every running process, without those that have ended and wait to be collected. */
function listProcesses(): Process[] {
  if (process.platform !== 'linux') return listByPs();
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.flatMap((id) => readProcess(Number(id)));
}

/**
 * proc(5): `pid (name) state ppid pgrp …`, the start time in field 22. The name may contain
 * anything.
 */
function readProcess(pid: number): Process[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent, group, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return [];
    return [{ pid, parent: Number(parent), group: Number(group), started: rest[16] ?? '' }];
  } catch (error) {
    return ifEnded(error, []);
  }
}

/** @returns the command line, or why there is none */
export function commandOf({ pid, command }: Process): string {
  if (command !== undefined) return command;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch (error) {
    return ifEnded(error, 'ended meanwhile');
  }
}

/** A process may end between the listing and the reading. */
function ifEnded<T>(error: unknown, value: T): T {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ESRCH') return value;
  throw error;
}

/** macOS has no /proc. */
function listByPs(): Process[] {
  const columns = ['pid=', 'ppid=', 'pgid=', 'state=', 'lstart=', 'command='].flatMap((name) => ['-o', name]);
  const env = { ...process.env, LC_ALL: 'C' };
  const output = execFileSync('ps', ['-ax', ...columns], {
    env,
    encoding: 'utf8',
    maxBuffer: 16 * 1_048_576,
  });
  const line = /^ *(\d+) +(\d+) +(\d+) +(\S+) +(\w+ +\w+ +\d+ +[\d:]+ +\d+) +(.*)$/gm;
  return [...output.matchAll(line)]
    .filter(([, , , , state = '']) => !state.startsWith('Z'))
    .map(([, pid, parent, group, , started = '', command = '']) => {
      const ids = { pid: Number(pid), parent: Number(parent), group: Number(group) };
      return { ...ids, started, command };
    });
}
