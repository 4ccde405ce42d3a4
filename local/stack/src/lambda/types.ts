/** Result of one invocation, in AWS's format. */
export type Outcome =
  | { ok: true; payload: string }
  | {
      ok: false;
      /** JSON text `{ errorMessage, errorType, trace? }`. */
      payload: string;
    };

export interface FunctionDefinition {
  /** Part of the URL: letters, digits, `-` and `_`. */
  name: string;
  /** Absolute path of the ESM bundle, which exports `handler`. */
  bundle: string;
  /** The function's environment, in addition to Lambda's own variables. */
  env: Record<string, string>;
  /** Default 30. */
  timeoutSeconds?: number;
  /** Most instances at a time; default 10. */
  concurrency?: number;
}

export interface LambdaTiming {
  /**
   * Delays in ms before the 2nd and 3rd attempt of an asynchronous invocation. AWS waits a minute,
   * then two.
   */
  retryDelaysMs: readonly number[];
  /** chat-writer's TARGET_WAIT_MS; by default it follows from the delays. */
  targetWaitMs?: number;
}

export const DEFAULT_TIMEOUT_SECONDS = 30;
export const DEFAULT_CONCURRENCY = 10;
export const DEFAULT_TIMING: LambdaTiming = { retryDelaysMs: [1_000, 6_000] };

/**
 * Returns chat-writer's TARGET_WAIT_MS for this timing. Like its default on AWS, it ends before the
 * last attempt: an edit of a message that never was is dropped, and becomes no dead letter.
 */
export function targetWaitOf({ retryDelaysMs, targetWaitMs }: LambdaTiming): number {
  return targetWaitMs ?? Math.floor((retryDelaysMs.reduce((sum, delay) => sum + delay, 0) * 5) / 6);
}

/** AWS's limits of a payload: 6 MB for a synchronous invocation, 1 MB for an asynchronous one. */
export const MAX_SYNC_BYTES = 6 * 1_048_576;
export const MAX_EVENT_BYTES = 1_048_576;

export const REGION = 'local';
export const functionArn = (name: string) => `arn:aws:lambda:${REGION}:000000000000:function:${name}`;

export const failure = (errorType: string, errorMessage: string): Outcome => ({
  ok: false,
  payload: JSON.stringify({ errorType, errorMessage }),
});
