import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { RawConfig } from '../../src/config/config.ts';

/** The connector as its own process, as an orchestrator runs it. */
export interface ConnectorProcess extends AsyncDisposable {
  signal(signal: NodeJS.Signals): void;
  /** Everything written to stdout and stderr so far. */
  output(): string;
  /** Resolves with the first log line of this message. */
  line(message: string): Promise<Record<string, unknown>>;
  /** Resolves with the exit code, or the signal that ended it, once all output has arrived. */
  readonly exit: Promise<number | NodeJS.Signals | null>;
}

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

/** Ends the connector when its standard input closes: with this process, even if that is killed. */
const LEASH = createRequire(import.meta.url).resolve('@chat/processes/leash');

/**
 * Starts the connector. It ends with the test at the latest, also when the test times out and never
 * leaves its scope.
 * @param env replaces the environment, so that no variable of the machine has an effect
 */
export function spawnConnector(args: string[], env: Record<string, string> = {}): ConnectorProcess {
  const child = spawn(process.execPath, ['--import', LEASH, MAIN, ...args], { env, stdio: 'pipe' });
  let output = '';
  let checks: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      checks.forEach((check) => check());
    });
  }
  const exit = once(child, 'close').then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null,
  );
  const kill = async () => {
    child.kill('SIGKILL');
    await exit;
  };
  onTestFinished(kill);

  return {
    signal: (signal) => void child.kill(signal),
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
    [Symbol.asyncDispose]: kill,
  };
}

/** Starts the connector with this configuration in a file, and logging on. */
export async function spawnConfigured(config: RawConfig, ...options: string[]): Promise<ConnectorProcess> {
  const file = await temporaryFile('config.json', JSON.stringify({ ...config, logLevel: 'info' }));
  onTestFinished(() => file[Symbol.asyncDispose]());
  return spawnConnector([...options, file.path]);
}

/** Writes a file into a folder of its own. */
export async function temporaryFile(
  name: string,
  content: string,
): Promise<{ path: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'connector-config-'));
  const path = join(folder, name);
  await writeFile(path, content);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
