import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Outcome {
  readonly code: number | null;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

export interface RunningCommand {
  /** Everything until now. */
  readonly output: string;
  /** @throws Error with its words when the command ends before it has said that */
  says(what: RegExp): Promise<RegExpExecArray>;
  /** As Ctrl-C does, in a terminal: the whole group of processes hears of it. */
  interrupt(): Promise<Outcome>;
  readonly ended: Promise<Outcome>;
}

/**
 * Runs a command line as a person would type it.
 * @param env all of its environment but PATH and HOME
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
    says(what) {
      return new Promise((resolve, reject) => {
        const listen = () => {
          const said = what.exec(output);
          if (!said) return;
          listeners.delete(listen);
          resolve(said);
        };
        listeners.add(listen);
        listen();
        void ended.then(() => reject(new Error(`\`${command}\` never said ${what}:\n${output}`)));
      });
    },
    interrupt() {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
      return ended;
    },
    ended,
  };
}
