/** `npm start` and `npm run dev`: runs the whole system until Ctrl-C. */
import { InvalidInput } from '@chat/contract';
import { openLogFile, type LogFile } from '@chat/processes';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { readEnvironment, type Environment } from './env.ts';
import { startStack, type Stack, type StackOptions } from './stack.ts';
import { liveProgress, plainProgress, type Progress } from './start-up/progress.ts';
import { openStackFolder } from './start-up/stack-folder.ts';
import { listenForStop } from './start-up/stopping.ts';

interface Options {
  /** Print one machine-readable line to standard output, and progress to standard error. */
  json: boolean;
  dev: boolean;
}

// A closed terminal breaks these streams. The parts must be stopped in order even then.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  const options = readOptions();
  const environment = readEnvironment();
  const progress = chooseProgress(options, environment);
  const folder = openStackFolder(environment.LOCAL_DATA_DIR);
  const logFile = await openLogFile(folder.log);
  process.exitCode = await run(options, environment, progress, logFile);
  await logFile.close();
} catch (error) {
  console.error(describeProblem(error));
  process.exitCode = 1;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, dev: { type: 'boolean', default: false } },
  });
  return values;
}

function chooseProgress({ json }: Options, { CI }: Environment): Progress {
  const stream = json ? process.stderr : process.stdout;
  const write = (text: string) => void stream.write(text);
  return stream.isTTY && !CI ? liveProgress(write) : plainProgress(write);
}

/** Returns the exit code: 0 after Ctrl-C, the regular end of this program. */
async function run(
  options: Options,
  env: Environment,
  progress: Progress,
  logFile: LogFile,
): Promise<number> {
  const stopping = listenForStop((reason) => {
    logFile.log('start', `stopping: ${reason}`);
    progress.print('\nStopping …');
  });
  let stack: Stack;
  try {
    stack = await startStack({
      ...stackOptions(options, env),
      log: logFile.log,
      onStep: progress.onStep,
      signal: stopping,
    });
  } catch (error) {
    if (stopping.aborted) return 0;
    logFile.log('start', error instanceof Error ? (error.stack ?? error.message) : String(error));
    progress.print(`${describeProblem(error)}\nDetails: ${relative(process.cwd(), logFile.path)}\n`);
    return 1;
  }
  announce(stack, options, env, progress);
  await aborted(stopping);
  await stack.close();
  progress.print('Stopped. The messages are kept for the next start.');
  return 0;
}

function stackOptions({ dev }: Options, env: Environment): StackOptions {
  return {
    dev,
    dataDir: env.LOCAL_DATA_DIR,
    sitePort: env.PORT,
    messagesPerMinute: env.MESSAGES_PER_MINUTE,
    broker: { plan: env.ABLY_PLAN, ruleLoss: env.ABLY_RULE_LOSS },
    databaseUrl: env.DATABASE_URL,
    ably: env.ABLY_API_KEY
      ? {
          key: env.ABLY_API_KEY,
          endpoint: env.ABLY_ENDPOINT,
          port: env.ABLY_PORT,
          tls: env.ABLY_TLS,
        }
      : undefined,
    channels: { outgoing: env.OUTGOING_CHANNEL, incoming: env.INCOMING_CHANNEL },
    functionsEnv: env.SOURCE_URL ? { SOURCE_URL: env.SOURCE_URL } : {},
  };
}

function announce(stack: Stack, { json }: Options, env: Environment, progress: Progress): void {
  const { site, ably, postgres, lambda, connector } = stack;
  if (json)
    process.stdout.write(`${JSON.stringify({ ready: true, site, ably, postgres, lambda, connector })}\n`);
  if (env.PORT !== 0 && new URL(site).port !== String(env.PORT))
    progress.print(`\nPort ${env.PORT} is in use, so the site has another one.`);
  progress.print(`\nThe chat is at  ${site}  (open it in two tabs).\nCtrl-C stops everything.\n`);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function describeProblem(error: unknown): string {
  if (error instanceof InvalidInput) return ['\nThe stack cannot start:', ...error.problems].join('\n  ');
  return `\nThe stack cannot start: ${error instanceof Error ? error.message : String(error)}`;
}
