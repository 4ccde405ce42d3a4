import { setTimeout as delay } from 'node:timers/promises';
import { describeExit, type Child } from './children.ts';
import type { Log } from './log.ts';

/** Waits before the 1st, 2nd, … restart in a row; the last one repeats. A life of a minute starts the row afresh. */
const BACKOFF_MS = [100, 500, 1_000, 2_000, 5_000];
const STEADY_MS = 60_000;

export interface Supervised {
  /** The pid of the process that runs now; it changes with a restart. */
  readonly pid: number;
  stop(): Promise<void>;
}

export interface SupervisedOptions {
  name: string;
  /** Resolves once the process is of use. When the signal is aborted it gives up, and leaves no process. */
  start(signal: AbortSignal): Promise<Child>;
  /** Ends the process that it is given, in the way that suits it. */
  stop(child: Child): Promise<unknown>;
  log: Log;
  /** Gives up the first start. */
  signal?: AbortSignal;
}

/**
 * Keeps a process running: whenever it ends by itself, it is started again.
 * @throws whatever the very first `start` throws
 */
export async function supervise(options: SupervisedOptions): Promise<Supervised> {
  const { name, start, stop, log, signal } = options;
  const stopping = new AbortController();
  let child = await start(signal ?? stopping.signal);

  async function watch(): Promise<void> {
    for (let restarts = 0; ; restarts += 1) {
      const startedAt = Date.now();
      const exit = await child.exited;
      if (stopping.signal.aborted) return;
      if (Date.now() - startedAt > STEADY_MS) restarts = 0;
      log(name, `${describeExit(exit)}, starting it again`);
      const next = await startAgain(restarts);
      if (!next) return;
      child = next;
      if (stopping.signal.aborted) return void (await stop(child)); // it came up just as the order to stop came
      log(name, `runs again as process ${child.pid}`);
    }
  }

  async function startAgain(restarts: number): Promise<Child | undefined> {
    for (let attempt = restarts; ; attempt += 1) {
      const wait = BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)];
      await delay(wait, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return undefined;
      try {
        return await start(stopping.signal);
      } catch (error) {
        if (stopping.signal.aborted) return undefined;
        log(name, `did not start: ${(error as Error).message}`);
      }
    }
  }

  const watching = watch();
  return {
    get pid() {
      return child.pid;
    },
    async stop() {
      stopping.abort();
      await stop(child);
      await watching;
    },
  };
}
