import { startChild, systemEnvironment, type Child, type Exit, type Log } from '@chat/processes';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { openRuntimeApi } from './runtime-api.ts';
import { DEFAULT_TIMEOUT_SECONDS, failure, functionArn, REGION, type Outcome } from './types.ts';
import type { FunctionDefinition } from './types.ts';
import type { Warden } from './warden.ts';

const BOOTSTRAP = fileURLToPath(new URL('./bootstrap.mjs', import.meta.url));

/** AWS's limit for loading a function, in addition to the limit for each event. */
const INIT_LIMIT_MS = 10_000;

/**
 * A process with the function's bundle. Like on AWS it is frozen between two events: no timer fires
 * and no response is read, so work left in the background may never finish. It survives a handler's
 * error, but no crash and no timeout.
 */
export interface Instance {
  readonly pid: number;
  readonly isAlive: boolean;
  /** Runs one event to its end. Must not be called during another. Never rejects. */
  invoke(payload: string): Promise<Outcome>;
  /** Kills the process. */
  stop(): Promise<void>;
}

/**
 * @throws Error when the process cannot be started; a bundle that fails to load fails its first
 * invocation, like on AWS
 */
export async function startInstance(
  definition: FunctionDefinition,
  warden: Warden,
  log: Log,
): Promise<Instance> {
  const { name, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS } = definition;
  const api = await openRuntimeApi(() => signal('SIGSTOP'));
  const env = environment(definition, api.address);
  const child = await start(name, env, log).catch(async (error: unknown) => {
    await api.close();
    throw error;
  });
  warden.watch(child.pid);
  let isAlive = true;
  let exit: Exit | undefined;
  // A callback, not a shared promise, which would keep the reactions of thousands of invocations
  // until the end.
  let onExit: (exit: Exit) => void = () => undefined;
  const gone = child.exited.then(async (how) => {
    isAlive = false;
    exit = how;
    warden.forget(child.pid);
    onExit(how);
    await api.close();
  });

  function signal(which: 'SIGSTOP' | 'SIGCONT'): void {
    if (isAlive) child.signal(which);
  }

  async function stop(): Promise<void> {
    isAlive = false;
    await child.stop('SIGKILL'); // also ends a frozen process
    await gone;
  }

  return {
    pid: child.pid,
    get isAlive() {
      return isAlive;
    },
    stop,
    async invoke(payload) {
      const id = randomUUID();
      const timeoutMs = timeoutSeconds * 1_000;
      const { promise: dead, resolve } = Promise.withResolvers<Outcome>();
      onExit = (how) => resolve(ended(id, how, api.initError));
      if (exit) onExit(exit);
      const { received, answer } = api.send({ id, functionArn: functionArn(name), payload, timeoutMs });
      signal('SIGCONT');
      const start = await within<'received' | Outcome>(INIT_LIMIT_MS, [received, dead]);
      if (start !== 'received') return start ?? timeOut(id, 'Init', INIT_LIMIT_MS);
      return (await within(timeoutMs, [answer, dead])) ?? timeOut(id, 'Task', timeoutMs);
    },
  };

  /** Kills the process, so that the late handler cannot disturb the next event. */
  async function timeOut(id: string, what: string, limitMs: number): Promise<Outcome> {
    await stop();
    const seconds = (limitMs / 1_000).toFixed(2);
    return failure('Sandbox.Timedout', `RequestId: ${id} Error: ${what} timed out after ${seconds} seconds`);
  }
}

function start(name: string, env: NodeJS.ProcessEnv, log: Log): Promise<Child> {
  return startChild({ name: `lambda ${name}`, command: process.execPath, args: [BOOTSTRAP], env, log });
}

/** Returns the first result, or undefined after `limitMs`. */
async function within<Result>(limitMs: number, promises: Promise<Result>[]): Promise<Result | undefined> {
  const timer = Promise.withResolvers<undefined>();
  const timeout = setTimeout(() => timer.resolve(undefined), limitMs);
  const first = await Promise.race([...promises, timer.promise]);
  clearTimeout(timeout);
  return first;
}

function environment(definition: FunctionDefinition, runtimeApi: string): NodeJS.ProcessEnv {
  const { name, bundle, env } = definition;
  return {
    PATH: systemEnvironment().PATH,
    TZ: 'UTC',
    ...env,
    _HANDLER: bundle,
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: randomUUID(),
    AWS_REGION: REGION,
  };
}

function ended(id: string, { code, signal }: Exit, initError: string | undefined): Outcome {
  if (initError) return { ok: false, payload: initError };
  const how = signal ? `signal: ${signal}` : `exit status ${code}`;
  return failure('Runtime.ExitError', `RequestId: ${id} Error: Runtime exited with error: ${how}`);
}
