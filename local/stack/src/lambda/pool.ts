import type { Log } from '@chat/processes';
import { startInstance, type Instance } from './instance.ts';
import { DEFAULT_CONCURRENCY, failure, type FunctionDefinition, type Outcome } from './types.ts';
import type { Warden } from './warden.ts';

/**
 * Time in ms after which idle processes end, all but one. A burst leaves many of them, 50 MB each.
 */
const KEEP_IDLE_MS = 60_000;

/** All instances of one function. */
export interface Pool {
  readonly definition: FunctionDefinition;
  /** Number of invocations that wait for an instance. */
  readonly waiting: number;
  /** True while no instance is free and no more may be started. */
  readonly isFull: boolean;
  readonly pids: readonly number[];
  /**
   * Runs one event on a warm instance or a new one; at the limit it waits for the next free one.
   * Never rejects.
   */
  invoke(payload: string): Promise<Outcome>;
  close(): Promise<void>;
}

export function createPool(definition: FunctionDefinition, warden: Warden, log: Log): Pool {
  const { name, concurrency = DEFAULT_CONCURRENCY } = definition;
  const instances = new Set<Instance>();
  const idle: { instance: Instance; since: number }[] = [];
  const queue: (() => void)[] = [];
  let free = concurrency;

  async function acquire(): Promise<Instance> {
    if (free === 0) await new Promise<void>((resolve) => queue.push(resolve));
    else free -= 1;
    for (let warm = idle.pop(); warm; warm = idle.pop()) {
      if (warm.instance.isAlive) return warm.instance;
      instances.delete(warm.instance);
    }
    const instance = await startInstance(definition, warden, log);
    instances.add(instance);
    return instance;
  }

  function release(instance: Instance | undefined): void {
    if (instance?.isAlive) idle.push({ instance, since: Date.now() });
    else if (instance) instances.delete(instance);
    const next = queue.shift(); // the longest waiting invocation takes over
    if (next) next();
    else free += 1;
  }

  function endIdle(): void {
    while (idle.length > 1 && Date.now() - (idle[0]?.since ?? 0) > KEEP_IDLE_MS) {
      const ended = idle.shift()?.instance;
      if (!ended) return;
      instances.delete(ended);
      ended.stop().catch((error: unknown) => log(`lambda ${name}`, String(error)));
    }
  }
  const reaper = setInterval(endIdle, KEEP_IDLE_MS / 4).unref();

  return {
    definition,
    get waiting() {
      return queue.length;
    },
    get isFull() {
      return free === 0;
    },
    get pids() {
      return [...instances].filter(({ isAlive }) => isAlive).map(({ pid }) => pid);
    },
    async invoke(payload) {
      let instance: Instance | undefined;
      try {
        instance = await acquire();
        return await instance.invoke(payload);
      } catch (error) {
        log(`lambda ${name}`, `could not be started: ${String(error)}`);
        return failure('Runtime.InvalidEntrypoint', (error as Error).message);
      } finally {
        release(instance);
      }
    },
    async close() {
      clearInterval(reaper);
      await Promise.all([...instances].map((instance) => instance.stop()));
    },
  };
}
