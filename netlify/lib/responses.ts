import { HistoryUnavailable, HttpProblem, Misconfigured } from './errors.ts';

/** Tokens and chat history are nobody else's and soon outdated, so nothing may keep a copy. No CORS: same origin only. */
const COMMON_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

export function json(body: unknown, status = 200): Response {
  return Response.json(body, { status, headers: COMMON_HEADERS });
}

/** An error as RFC 9457 describes it, with all problems of the request listed. */
export function problem({ status, message, problems, headers }: HttpProblem): Response {
  const body = { title: message, status, ...(problems.length > 0 && { problems }) };
  return Response.json(body, {
    status,
    headers: { ...COMMON_HEADERS, ...headers, 'content-type': 'application/problem+json' },
  });
}

/**
 * Wraps a function so that whatever it throws becomes a reply, here and nowhere else. What the caller may not see is logged.
 * @param name the function's, for the log
 */
export function answering(
  name: string,
  handle: (request: Request) => Promise<Response>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    try {
      return await handle(request);
    } catch (thrown) {
      const shown =
        thrown instanceof HttpProblem
          ? thrown
          : new HttpProblem(500, 'Something went wrong here.', { cause: thrown });
      if (shown.status >= 500) logFailure(name, shown);
      return problem(shown);
    }
  };
}

function logFailure(name: string, failure: HttpProblem): void {
  console.error(JSON.stringify({ function: name, status: failure.status, reason: reasonOf(failure) }));
}

function reasonOf(failure: HttpProblem): unknown {
  if (failure instanceof Misconfigured) return failure.details;
  if (failure instanceof HistoryUnavailable) return failure.reason;
  return failure.cause instanceof Error ? failure.cause.stack : String(failure.cause ?? failure.message);
}
