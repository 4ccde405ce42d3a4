/** What one invocation came to, as AWS words it. */
export type Outcome =
  | { ok: true; payload: string }
  | {
      ok: false;
      /** JSON text `{ errorMessage, errorType, trace? }`. */
      payload: string;
    };

export interface FunctionDefinition {
  /** As in the URL: letters, digits, `-` and `_`. */
  name: string;
  /** Absolute path of the built ESM bundle, which exports `handler`. */
  bundle: string;
  /** The function's environment, on top of what Lambda itself sets. */
  env: Record<string, string>;
  /** Default 30. */
  timeoutSeconds?: number;
  /** Instances at a time; default 10. */
  concurrency?: number;
}

export interface LambdaTiming {
  /** Waits before the 2nd and 3rd try of an asynchronous invocation. AWS waits a minute, then two. */
  retryDelaysMs: readonly number[];
}

export const DEFAULT_TIMEOUT_SECONDS = 30;
export const DEFAULT_CONCURRENCY = 10;
export const DEFAULT_TIMING: LambdaTiming = { retryDelaysMs: [1_000, 2_000] };

/** AWS's limits on a payload: 6 MB when the caller waits, 1 MB when it does not. */
export const MAX_SYNC_BYTES = 6 * 1_048_576;
export const MAX_EVENT_BYTES = 1_048_576;

export const REGION = 'local';
export const functionArn = (name: string) => `arn:aws:lambda:${REGION}:000000000000:function:${name}`;

export const failure = (errorType: string, errorMessage: string): Outcome => ({
  ok: false,
  payload: JSON.stringify({ errorType, errorMessage }),
});
