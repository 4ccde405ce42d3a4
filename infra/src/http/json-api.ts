/**
 * Hand-written rather than ky 2.1.0: ky does not report how long it will wait before a retry,
 * shortens a `Retry-After` above its maximum instead of giving up, and cannot replace the wait in
 * tests.
 */
import { InvalidInput, parseInput } from '@chat/contract';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { ApiError } from './api-error.ts';
import { readRetryAfter } from './retry-after.ts';

export interface JsonApiOptions {
  /** Display name for error messages. */
  readonly service: string;
  readonly baseUrl: string;
  /** Sent as a bearer token; appears in no message and no log. */
  readonly token: string;
  /** Waits before a retry. @param ms duration @param reason the error that causes the retry */
  readonly wait?: (ms: number, reason: string) => Promise<void>;
}

export interface JsonApi {
  /**
   * Makes one call and retries it while a retry is safe and may succeed.
   * @throws ApiError with the service's own message
   */
  call<Schema extends v.GenericSchema>(call: Call<Schema>): Promise<v.InferOutput<Schema>>;
}

interface Call<Schema extends v.GenericSchema> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Begins with `/`. */
  readonly path: string;
  readonly body?: unknown;
  /** Schema of the response; unknown fields are ignored. */
  readonly answer: Schema;
}

/** Schema for a response that is not used. */
export const anything = v.unknown();

/** In ms. */
const TIMEOUT = 30_000;
const FIRST_WAIT = 500;
/** For a longer wait, the call fails and the person decides when to try again. */
const LONGEST_WAIT = 60_000;
const ATTEMPTS = 5;

/** Safe to repeat. A POST may have created something although its response was lost. */
const IDEMPOTENT = new Set(['GET', 'PUT', 'PATCH', 'DELETE']);

/** A client for a JSON API over HTTPS with a bearer token. */
export function createJsonApi({ service, baseUrl, token, wait = sleep }: JsonApiOptions): JsonApi {
  async function attempt<Schema extends v.GenericSchema>(call: Call<Schema>): Promise<v.InferOutput<Schema>> {
    const name = `${call.method} ${call.path.replace(/\?.*/, '')}`;
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${baseUrl}${call.path}`, {
        method: call.method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          ...(call.body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
        // A redirect would carry the token to another address.
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT),
      });
      text = await response.text();
    } catch (cause) {
      throw new ApiError(service, name, { status: 0, message: reasonOf(cause) }, { cause });
    }
    const { ok, status, headers } = response;
    if (!ok) {
      const retryAfter = readRetryAfter(headers);
      throw new ApiError(service, name, { status, message: messageOf(text), retryAfter });
    }
    try {
      return parseInput(call.answer, text === '' ? undefined : JSON.parse(text), `The answer to ${name}`);
    } catch (cause) {
      const message = cause instanceof InvalidInput ? cause.message : 'the answer is not JSON';
      throw new ApiError(service, name, { status, message }, { cause });
    }
  }

  return {
    async call(call) {
      for (let tries = 1; ; tries += 1) {
        try {
          return await attempt(call);
        } catch (error) {
          if (!(error instanceof ApiError) || tries === ATTEMPTS || !isRetryable(error, call.method))
            throw error;
          const ms = error.retryAfter ?? FIRST_WAIT * 2 ** (tries - 1);
          if (ms > LONGEST_WAIT) throw error;
          await wait(ms, error.message);
        }
      }
    },
  };
}

const sleep = async (ms: number): Promise<void> => {
  await delay(ms);
};

function isRetryable({ status }: ApiError, method: string): boolean {
  // A rate limit rejects the call before it takes effect, so a POST is safe to repeat too.
  if (status === 429) return true;
  return IDEMPOTENT.has(method) && (status === 0 || status >= 500);
}

/** fetch reports only "fetch failed"; the cause has the reason. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message;
}

/** Both services send `message`; Netlify adds `errors` by field, and Ably `details`. */
const ErrorBodySchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    message: v.optional(v.string()),
    errors: v.optional(v.unknown()),
    details: v.optional(v.unknown()),
  }),
);

function messageOf(body: string): string {
  const parsed = v.safeParse(ErrorBodySchema, body);
  if (!parsed.success) return body.slice(0, 200);
  const { message, errors, details } = parsed.output;
  const more = errors ?? details;
  return [message, more && JSON.stringify(more).slice(0, 500)].filter(Boolean).join(' ');
}
