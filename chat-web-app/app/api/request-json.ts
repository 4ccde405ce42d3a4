import { parseInput, parseJson } from '@chat/contract';
import type { GenericSchema, InferOutput } from 'valibot';

/** ms. Longer than a cold start of the function, short enough for a person to wait. */
const TIMEOUT = 15_000;

/** A function of this site answered with an error status, or not at all. */
export class RequestFailed extends Error {
  override name = 'RequestFailed' as const;

  /** The HTTP status, undefined when there was no answer. */
  readonly status: number | undefined;

  constructor(message: string, { status, ...options }: ErrorOptions & { status?: number } = {}) {
    super(message, options);
    this.status = status;
  }
}

/**
 * Fetches JSON from a function of this site and parses it.
 * @param send replaces `fetch`
 * @throws RequestFailed when there is no answer, or one with an error status
 * @throws InvalidInput when the answer does not match the schema
 */
export async function requestJson<Schema extends GenericSchema>(
  url: string,
  schema: Schema,
  init: RequestInit = {},
  send: typeof fetch = fetch,
): Promise<InferOutput<Schema>> {
  const method = init.method ?? 'GET';
  let answer: Response;
  let body: unknown;
  try {
    answer = await send(url, { ...init, signal: AbortSignal.timeout(TIMEOUT) });
    const text = await answer.text();
    body = answer.ok ? parseJson(text) : text;
  } catch (cause) {
    throw new RequestFailed(`${method} ${url} received no answer`, { cause });
  }
  if (!answer.ok) {
    const { status } = answer;
    throw new RequestFailed(`${method} ${url} failed with status ${status}`, { status });
  }
  return parseInput(schema, body, `The answer to ${method} ${url}`);
}
