import { InvalidInput, parseInput } from '@chat/contract';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { ApiError } from './api-error.ts';
import { readWait } from './rate-limit.ts';

export interface JsonApiOptions {
  /** As people call it. */
  readonly service: string;
  readonly baseUrl: string;
  /** Sent as a bearer token; in no message and no log. */
  readonly token: string;
  /** Waits, in ms; told why. */
  readonly wait?: (ms: number, why: string) => Promise<void>;
}

export interface JsonApi {
  /**
   * One call, repeated while that is safe and of use.
   * @param path begins with `/`
   * @throws ApiError with the service's own words
   */
  call<Schema extends v.GenericSchema>(call: Call<Schema>): Promise<v.InferOutput<Schema>>;
}

export interface Call<Schema extends v.GenericSchema> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** Of the answer. What is not in it is ignored. */
  readonly answer: Schema;
}

/** For calls whose answer says nothing that we need. */
export const anything = v.unknown();

/** In ms. */
const TIMEOUT = 30_000;
const FIRST_PAUSE = 500;
/** A limit that is lifted later than this is told to the person instead. */
const LONGEST_WAIT = 60_000;
const ATTEMPTS = 5;

/** These may be repeated: what was done is found done. A POST may have made something although its answer got lost. */
const REPEATABLE = new Set(['GET', 'PUT', 'PATCH', 'DELETE']);

/** A service that speaks JSON over HTTPS, with its limits and its bad moments. */
export function createJsonApi({ service, baseUrl, token, wait = pause }: JsonApiOptions): JsonApi {
  async function attempt<Schema extends v.GenericSchema>(call: Call<Schema>): Promise<v.InferOutput<Schema>> {
    const what = `${call.method} ${call.path.replace(/\?.*/, '')}`;
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
        // The token must not follow to another address.
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT),
      });
      text = await response.text();
    } catch (cause) {
      throw new ApiError(service, what, { status: 0, words: reasonOf(cause) }, { cause });
    }
    const { ok, status, headers } = response;
    if (!ok) throw new ApiError(service, what, { status, words: wordsOf(text), wait: readWait(headers) });
    try {
      return parseInput(call.answer, text === '' ? undefined : JSON.parse(text), `The answer to ${what}`);
    } catch (cause) {
      const words = cause instanceof InvalidInput ? cause.message : 'the answer is not JSON';
      throw new ApiError(service, what, { status, words }, { cause });
    }
  }

  return {
    async call(call) {
      for (let tries = 1; ; tries += 1) {
        try {
          return await attempt(call);
        } catch (error) {
          if (!(error instanceof ApiError) || tries === ATTEMPTS || !isWorthRepeating(error, call.method))
            throw error;
          const ms = error.wait ?? FIRST_PAUSE * 2 ** (tries - 1);
          if (ms > LONGEST_WAIT) throw error;
          await wait(ms, error.message);
        }
      }
    },
  };
}

const pause = async (ms: number): Promise<void> => {
  await delay(ms);
};

function isWorthRepeating({ status }: ApiError, method: string): boolean {
  // Refused before anything was done, whatever the method.
  if (status === 429) return true;
  return REPEATABLE.has(method) && (status === 0 || status >= 500);
}

/** fetch hides the real reason in the cause, and says only "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message;
}

/** Both services have a `message`; Netlify has `errors` of single fields, too. */
const ErrorBodySchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    message: v.optional(v.string()),
    errors: v.optional(v.unknown()),
    details: v.optional(v.unknown()),
  }),
);

function wordsOf(body: string): string {
  const parsed = v.safeParse(ErrorBodySchema, body);
  if (!parsed.success) return body.slice(0, 200);
  const { message, errors, details } = parsed.output;
  const more = errors ?? details;
  return [message, more && JSON.stringify(more).slice(0, 500)].filter(Boolean).join(' ');
}
