import { setTimeout as delay } from 'node:timers/promises';
import { describeExit, type Child } from './children.ts';
import type { Log } from './log.ts';

/** Delays in ms before the 1st, 2nd, … restart in a row; the last one repeats. */
const BACKOFF_MS = [100, 500, 1_000, 2_000, 5_000];
/** A process that ran this long begins a new row of restarts. */
const STEADY_MS = 60_000;

export interface Supervised {
  /** Pid of the current process; a restart changes it. */
  readonly pid: number;
  stop(): Promise<void>;
}

export interface SupervisedOptions {
  name: string;
  /**
   * Resolves once the process is ready. Must leave no process behind when the signal is aborted.
   */
  start(signal: AbortSignal): Promise<Child>;
  stop(child: Child): Promise<unknown>;
  log: Log;
  /** Aborts the first start. */
  signal?: AbortSignal | undefined;
}

/**
 * Keeps a process running: restarts it whenever it ends by itself.
 * @throws the error of the first `start`
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
      log(name, `${describeExit(exit)}, restarting`);
      const next = await restart(restarts);
      if (!next) return;
      child = next;
      // It may have become ready while `stop` was called.
      if (stopping.signal.aborted) return void (await stop(child));
      log(name, `restarted as process ${child.pid}`);
    }
  }

  async function restart(restarts: number): Promise<Child | undefined> {
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
