import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Outcome {
  readonly code: number | null;
  /** Standard output and standard error, interleaved. */
  readonly output: string;
}

export interface RunningCommand {
  /** The output so far. */
  readonly output: string;
  /** @throws Error with the whole output when the command ends without a match */
  outputs(what: RegExp): Promise<RegExpExecArray>;
  /** Interrupts the whole process group, as Ctrl-C in a terminal does. */
  interrupt(): Promise<Outcome>;
  readonly ended: Promise<Outcome>;
}

/**
 * Runs a command line in a shell.
 * @param env its environment, apart from PATH and HOME
 */
export function startCommand(command: string, cwd: string, env: Record<string, string> = {}): RunningCommand {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn('bash', ['-c', command], {
    cwd,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      for (const listener of listeners) listener();
    });
  }
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output }));
  return {
    get output() {
      return output;
    },
    outputs(what) {
      return new Promise((resolve, reject) => {
        const listen = () => {
          const match = what.exec(output);
          if (!match) return;
          listeners.delete(listen);
          resolve(match);
        };
        listeners.add(listen);
        listen();
        void ended.then(() => reject(new Error(`\`${command}\` ended without printing ${what}:\n${output}`)));
      });
    },
    interrupt() {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
      return ended;
    },
    ended,
  };
}
