import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Who a process is: its start time and command line. Numbers are given out again, after a reboot or in the next container
 * even quickly, so a remembered pid alone says nothing.
 * @returns undefined when no such process runs
 */
export async function identifyProcess(pid: number): Promise<string | undefined> {
  try {
    if (process.platform !== 'linux') {
      return (await run('ps', ['-o', 'lstart=,command=', '-p', String(pid)])).stdout.trim();
    }
    const [status, command] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    // The name in parentheses may hold spaces; after it come state (Z: dead, not yet buried) and, 19 fields on, the start.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : `${fields[19]} ${command.replaceAll('\0', ' ').trim()}`;
  } catch {
    return undefined; // both ways of asking fail in exactly one case: nobody there
  }
}

/** Waits until a process that is not our child is gone. @throws Error after `timeoutMs` */
export async function waitUntilGone(pid: number, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (await identifyProcess(pid)) {
    if (Date.now() > deadline)
      throw new Error(`Process ${pid} was told to end, but still runs after ${timeoutMs} ms`);
    await delay(25);
  }
}
