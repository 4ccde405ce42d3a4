import { parseInput } from '@chat/contract';
import type { GenericSchema, InferOutput } from 'valibot';

/** ms. Longer than a cold start of the function behind it, short enough for a person to wait. */
const TIMEOUT = 15_000;

/** A request of ours was answered with an error, or not at all. */
export class RequestFailed extends Error {
  override name = 'RequestFailed' as const;
}

/**
 * Fetches JSON from a function of our own site and parses it.
 * @throws RequestFailed when there is no good answer
 * @throws InvalidInput when the answer is not what the schema says
 */
export async function requestJson<Schema extends GenericSchema>(
  url: string,
  schema: Schema,
  init: RequestInit = {},
): Promise<InferOutput<Schema>> {
  const method = init.method ?? 'GET';
  let answer: Response;
  let body: unknown;
  try {
    answer = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT) });
    body = answer.ok ? await answer.json() : await answer.text();
  } catch (cause) {
    throw new RequestFailed(`${method} ${url} got no answer`, { cause });
  }
  if (!answer.ok) throw new RequestFailed(`${method} ${url} was answered with status ${answer.status}`);
  return parseInput(schema, body, `The answer to ${method} ${url}`);
}
