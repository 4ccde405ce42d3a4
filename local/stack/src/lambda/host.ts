import type { Log } from '@chat/processes';
import { Hono } from 'hono';
import { listen } from '../http-server.ts';
import { openEventQueue, type EventQueue } from './event-queue.ts';
import { createHttpApi } from './http-api.ts';
import { createPool } from './pool.ts';
import { startWarden } from './warden.ts';
import { DEFAULT_TIMING, type FunctionDefinition, type LambdaTiming } from './types.ts';

/** How long a stop waits for running handlers, in ms; the next start repeats their events. */
const STOP_GRACE_MS = 3_000;

export interface LambdaHostOptions {
  functions: readonly FunctionDefinition[];
  /** File of accepted and unfinished events; a start continues with them. */
  eventQueue: string;
  /** Folder for events that failed all their retries. */
  deadLetters: string;
  /** Default 0: any free port. */
  port?: number;
  timing?: LambdaTiming;
  log: Log;
}

export interface LambdaHost {
  /**
   * `http://127.0.0.1:port`; functions at `/2015-03-31/functions/{name}/invocations` and
   * `/url/{name}`.
   */
  readonly url: string;
  /**
   * Invokes a function asynchronously from within this process. Returns the request id, after
   * writing the event to the queue's file.
   * @param payload JSON text
   * @throws Error when the function does not exist, or the host is closing
   */
  sendEvent(functionName: string, payload: string): string;
  /** Pids of one function's processes, so that tests can kill them. */
  pids(functionName: string): readonly number[];
  close(): Promise<void>;
}

/**
 * Starts AWS Lambda on one machine: runs each function's bundle in processes of its own, behind
 * AWS's Runtime API, with AWS's concurrency, timeouts, freezing, asynchronous retries and dead
 * letters.
 */
export async function startLambdaHost(options: LambdaHostOptions): Promise<LambdaHost> {
  const { functions, eventQueue, deadLetters, port, timing = DEFAULT_TIMING, log } = options;
  // The port first, since most failures are its. No request arrives before the routes are there,
  // within the same turn of the event loop.
  const api = new Hono();
  const server = await listen(api, { port, origins: 'none' });
  const warden = startWarden();
  const pools = new Map(
    functions.map((definition) => [definition.name, createPool(definition, warden, log)] as const),
  );
  let queue: EventQueue;
  try {
    queue = openEventQueue({ pools, journal: eventQueue, deadLetters, timing, log });
  } catch (error) {
    await Promise.all([server.close(), warden.close()]);
    throw error;
  }
  api.route('/', createHttpApi(pools, queue));
  return {
    url: server.url,
    sendEvent: (functionName, payload) => queue.accept(functionName, payload),
    pids: (functionName) => pools.get(functionName)?.pids ?? [],
    async close() {
      await queue.close(STOP_GRACE_MS);
      await server.close();
      await Promise.all([...pools.values()].map((pool) => pool.close()));
      await warden.close();
    },
  };
}
