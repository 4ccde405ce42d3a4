/**
 * Hand-written rather than execa 10: one call without shell, signals or timeout does not justify its
 * twelve direct dependencies.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { childEnvironment } from '../env.ts';
import { REPOSITORY } from '../names.ts';

const INFRA = join(REPOSITORY, 'infra');

/** Not a dependency: it unpacks to 350 MB, and only a deployment needs it. */
export const NETLIFY_CLI = 'netlify-cli@27.10.2';

export interface Outcome {
  readonly code: number;
  /** stdout and stderr, interleaved. */
  readonly output: string;
}

/** The programs that a deployment runs; `env` is added to this process's environment. */
export interface Programs {
  /** The CDK's command line. @param show false keeps its output from the terminal */
  cdk(args: readonly string[], env: Record<string, string>, show?: boolean): Promise<Outcome>;
  /** Netlify's command line, in a pinned version. */
  netlify(args: readonly string[], env: Record<string, string>): Promise<Outcome>;
  docker(args: readonly string[]): Promise<Outcome>;
}

/** @param stdout receives what shown programs write to their stdout */
export function createPrograms(stdout: Writable): Programs {
  return {
    cdk(args, env, show = true) {
      const cli = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin/cdk');
      const app = `"${process.execPath}" bin/app.ts`;
      return run(process.execPath, [cli, ...args, '--app', app, '--no-notices'], {
        cwd: INFRA,
        env,
        show: show && stdout,
      });
    },
    netlify: (args, env) =>
      run('npx', ['--yes', NETLIFY_CLI, ...args], { cwd: REPOSITORY, env, show: stdout }),
    docker: (args) => run('docker', args, { cwd: REPOSITORY, env: {}, show: false }),
  };
}

interface RunOptions {
  readonly cwd: string;
  readonly env: Record<string, string>;
  /** Receives stdout; stderr then goes to this process's. False shows neither. */
  readonly show: Writable | false;
}

/** Runs a program to its end. The code is 127 when the program does not exist. */
function run(program: string, args: readonly string[], { cwd, env, show }: RunOptions): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: childEnvironment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (source: Readable, target: Writable | false): void => {
      // Decodes across chunks: a chunk may end in the middle of a character.
      source.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (target) target.write(text);
      });
    };
    collect(child.stdout, show);
    collect(child.stderr, show && process.stderr);
    child.once('error', (error) => resolve({ code: 127, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
