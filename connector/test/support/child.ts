import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The connector as its own process, the way an orchestrator runs it. */
export interface ConnectorProcess extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Everything written to stdout and stderr so far. */
  output(): string;
  /** Resolves with the first log line of this message. */
  line(message: string): Promise<Record<string, unknown>>;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly exit: Promise<number | NodeJS.Signals | null>;
}

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

/** @param env replaces the environment, so that nothing of the machine's leaks in */
export function spawnConnector(args: string[], env: Record<string, string> = {}): ConnectorProcess {
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  // A test that timed out never comes to the end of its scope.
  const killWithTests = () => child.kill('SIGKILL');
  process.once('exit', killWithTests);
  let output = '';
  let checks: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      checks.forEach((check) => check());
    });
  }
  const exit = once(child, 'exit').then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null,
  );

  return {
    process: child,
    exit,
    output: () => output,
    line: (message) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const found = output
            .split('\n')
            .slice(0, -1)
            .filter((text) => text.startsWith('{'))
            .map((text) => JSON.parse(text) as Record<string, unknown>)
            .find((entry) => entry.msg === message);
          if (!found) return;
          checks = checks.filter((other) => other !== check);
          resolve(found);
        };
        checks.push(check);
        check();
        void exit.then(() => reject(new Error(`The connector ended without "${message}":\n${output}`)));
      }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
      process.off('exit', killWithTests);
    },
  };
}

/** Writes a file into a directory of its own. */
export async function temporaryFile(
  name: string,
  content: string,
): Promise<{ path: string } & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), 'connector-config-'));
  const path = join(directory, name);
  await writeFile(path, content);
  return { path, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}
