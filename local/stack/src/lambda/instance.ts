import { startChild, systemEnvironment, type Child, type Exit, type Log } from '@chat/processes';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { openRuntimeApi } from './runtime-api.ts';
import { DEFAULT_TIMEOUT_SECONDS, failure, functionArn, REGION, type Outcome } from './types.ts';
import type { FunctionDefinition } from './types.ts';
import type { Warden } from './warden.ts';

const BOOTSTRAP = fileURLToPath(new URL('./bootstrap.mjs', import.meta.url));

/** AWS gives a function ten seconds to load, apart from the time that it has for each event. */
const INIT_LIMIT_MS = 10_000;

/**
 * A process with the function's bundle. Between two events it is frozen: on AWS too no timer fires then and no answer is read, so
 * work that goes on in the background is work that may never be done. After a handler's error it lives on; after a crash or a time-out it
 * is gone.
 */
export interface Instance {
  readonly pid: number;
  readonly isAlive: boolean;
  /** Runs one event to its end. One at a time. Never rejects. */
  invoke(payload: string): Promise<Outcome>;
  /** Ends the process, whatever it is doing. */
  stop(): Promise<void>;
}

/** @throws Error when no process can be started; a bundle that fails to load shows at its first invocation, as on AWS */
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
  // A slot, not a promise: thousands of invocations waiting on one promise would pile up in it until the end.
  let onExit: (exit: Exit) => void = () => undefined;
  const gone = child.exited.then(async (how) => {
    isAlive = false;
    exit = how;
    warden.forget(child.pid);
    onExit(how);
    await api.close();
  });

  /** To freeze and to thaw. */
  function signal(which: 'SIGSTOP' | 'SIGCONT'): void {
    if (isAlive) child.signal(which);
  }

  async function stop(): Promise<void> {
    isAlive = false;
    await child.stop('SIGKILL'); // which a frozen process obeys too
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
      const { taken, answer } = api.hand({ id, functionArn: functionArn(name), payload, timeoutMs });
      signal('SIGCONT');
      const start = await within<'taken' | Outcome>(INIT_LIMIT_MS, [taken, dead]);
      if (start !== 'taken') return start ?? tooLate(id, 'Init', INIT_LIMIT_MS);
      return (await within(timeoutMs, [answer, dead])) ?? tooLate(id, 'Task', timeoutMs);
    },
  };

  /** Whatever it is busy with must not meet the next event, so its process ends. */
  async function tooLate(id: string, what: string, limitMs: number): Promise<Outcome> {
    await stop();
    const seconds = (limitMs / 1_000).toFixed(2);
    return failure('Sandbox.Timedout', `RequestId: ${id} Error: ${what} timed out after ${seconds} seconds`);
  }
}

function start(name: string, env: NodeJS.ProcessEnv, log: Log): Promise<Child> {
  return startChild({ name: `lambda ${name}`, command: process.execPath, args: [BOOTSTRAP], env, log });
}

/** @returns what came first, undefined after `limitMs` */
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
