import { escapeControls, quote, toJson } from '@chat/contract';
import { authorize } from './authorize.ts';
import { HistoryUnavailable, HttpProblem, MethodNotAllowed, Misconfigured } from './errors.ts';
import { ensureUsable, type Author } from './identity.ts';

/**
 * Tokens and history are private and soon outdated: no caching. No CORS headers: same origin only.
 */
const COMMON_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

/** A request that `authorize` admitted. */
interface Admitted<Env> {
  request: Request;
  author: Author;
  env: Env;
}

type Handlers<Env> = Readonly<Record<string, (admitted: Admitted<Env>) => Promise<Response>>>;

/**
 * Builds a Netlify function from one handler per HTTP method. A handler runs only for a request
 * that `authorize` admits. Other methods get 405; any error becomes a problem response here and
 * nowhere else. Details that the caller may not see are logged.
 * @param name of the function, for the log
 */
export function answering<Env>(name: string, readEnv: () => Env, handlers: Handlers<Env>) {
  return async (request: Request): Promise<Response> => {
    try {
      const handle = Object.hasOwn(handlers, request.method) ? handlers[request.method] : undefined;
      if (!handle) throw new MethodNotAllowed(request.method, Object.keys(handlers));
      const env = readEnv();
      return await handle({ request, author: ensureUsable(await authorize(request)), env });
    } catch (error) {
      const failure =
        error instanceof HttpProblem
          ? error
          : new HttpProblem(500, 'An internal error occurred.', { cause: error });
      if (failure.status >= 500) logFailure(name, failure);
      return problem(failure);
    }
  };
}

export function json(body: unknown): Response {
  return new Response(toJson(body), {
    headers: { ...COMMON_HEADERS, 'content-type': 'application/json' },
  });
}

/** An RFC 9457 problem, extended by the list of problems found in the request. */
function problem({ status, message, problems, headers }: HttpProblem): Response {
  const body = { title: message, status, ...(problems.length > 0 && { problems }) };
  return Response.json(body, {
    status,
    headers: { ...COMMON_HEADERS, ...headers, 'content-type': 'application/problem+json' },
  });
}

function logFailure(name: string, failure: HttpProblem): void {
  const line = JSON.stringify({ function: name, status: failure.status, reason: reasonOf(failure) });
  console.error(escapeControls(line));
}

function reasonOf(failure: HttpProblem): unknown {
  if (failure instanceof Misconfigured) return failure.details;
  if (failure instanceof HistoryUnavailable) return quote(failure.reason);
  return failure.cause instanceof Error ? failure.cause.stack : String(failure.cause ?? failure.message);
}
