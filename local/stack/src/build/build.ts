import { buildFunctions } from '@chat/lambda-function/build';
import { startNodeChild, systemEnvironment, type Log } from '@chat/processes';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nuxtCommand, REPOSITORY, WEB_APP } from '../paths.ts';
import { ensureBuildable } from './ensure-buildable.ts';
import { fingerprint } from './fingerprint.ts';

export type Bundles = Awaited<ReturnType<typeof buildFunctions>>;

const LAMBDA_OUTPUT = join(REPOSITORY, 'lambda-function/dist');
const SITE_OUTPUT = join(WEB_APP, '.output');

/** Bundles the Lambda functions, unless their sources are those of the last build. */
export async function buildLambda(): Promise<{ bundles: Bundles; built: boolean }> {
  const inputs = await fingerprint(REPOSITORY, ['lambda-function', 'contract/src', 'package-lock.json']);
  const bundles = Object.fromEntries(
    ['chat-writer', 'chat-history'].map((name) => [name, join(LAMBDA_OUTPUT, name, 'index.mjs')]),
  ) as Bundles;
  if (await isCurrent(LAMBDA_OUTPUT, inputs, Object.values(bundles))) return { bundles, built: false };
  const bundled = await buildFunctions();
  await markCurrent(LAMBDA_OUTPUT, inputs);
  return { bundles: bundled, built: true };
}

/**
 * Generates the web page, unless its sources are those of the last build.
 * @throws Error with the builder's output when it fails, or with the sign in the path that it does
 * not bear
 */
export async function buildSite(log: Log, signal?: AbortSignal): Promise<{ built: boolean }> {
  const inputs = await fingerprint(REPOSITORY, ['chat-web-app', 'contract/src', 'package-lock.json']);
  if (await isCurrent(SITE_OUTPUT, inputs, [join(SITE_OUTPUT, 'public/index.html')])) return { built: false };
  ensureBuildable(WEB_APP);
  const output: string[] = [];
  const child = await startNodeChild({
    name: 'nuxt',
    args: [nuxtCommand(), 'generate'],
    cwd: WEB_APP,
    env: { ...systemEnvironment(), NODE_ENV: 'production', NUXT_TELEMETRY_DISABLED: '1' },
    log(part, line) {
      output.push(line);
      log(part, line);
    },
  });
  const cancel = () => void child.stop();
  signal?.addEventListener('abort', cancel);
  const { code } = await child.exited;
  signal?.removeEventListener('abort', cancel);
  signal?.throwIfAborted();
  if (code !== 0) throw new Error(`The web page could not be built:\n${output.slice(-20).join('\n')}`);
  await markCurrent(SITE_OUTPUT, inputs);
  return { built: true };
}

const stampIn = (output: string) => join(output, '.built-from');

async function isCurrent(output: string, inputs: string, files: readonly string[]): Promise<boolean> {
  const [stamp, ...present] = await Promise.all([
    readFile(stampIn(output), 'utf8').catch(() => undefined),
    ...files.map((file) => stat(file).catch(() => undefined)),
  ]);
  return stamp === inputs && present.every(Boolean);
}

const markCurrent = (output: string, inputs: string) => writeFile(stampIn(output), inputs);
