import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Returns start time and command line of a process, or undefined when no such process runs. A
 * stored pid alone proves nothing: the system reuses pids, soon after a reboot or in the next
 * container.
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
    // The name in parentheses may contain spaces. After it come the state (Z: a zombie) and, 19
    // fields on, the start time.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : `${fields[19]} ${command.replaceAll('\0', ' ').trim()}`;
  } catch {
    return undefined; // both sources fail in exactly one case: no such process
  }
}

/** Returns the pids of all processes whose command line has these arguments, one after the other. */
export async function findProcesses(args: readonly string[]): Promise<number[]> {
  if (process.platform !== 'linux') {
    const { stdout } = await run('ps', ['-axww', '-o', 'pid=,command=']);
    const lines = stdout.split('\n').filter((line) => `${line} `.includes(` ${args.join(' ')} `));
    return lines.map((line) => Number.parseInt(line, 10));
  }
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const wanted = `\0${args.join('\0')}\0`;
  const found = await Promise.all(
    pids.map(async (pid) => {
      // It fails for a process that has just ended.
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return command.includes(wanted) ? [pid] : [];
    }),
  );
  return found.flat();
}

/** Waits for the end of a process that is not a child of this one. @throws Error after `timeoutMs` */
export async function waitUntilGone(pid: number, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (await identifyProcess(pid)) {
    if (Date.now() > deadline)
      throw new Error(`Process ${pid} still runs ${timeoutMs} ms after its signal to end`);
    await delay(25);
  }
}
