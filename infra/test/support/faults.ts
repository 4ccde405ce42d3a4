import type { MiddlewareHandler } from 'hono';

/** A bad moment of a service, for the next call that fits. */
export interface Fault {
  readonly method: string;
  readonly path: RegExp;
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** The call is carried out, and only its answer is lost. */
  readonly afterDoing?: boolean;
}

/** Answers as told, once for each fault, and remembers what was called. */
export function createFaults() {
  const waiting: Fault[] = [];
  const calls: string[] = [];

  const middleware: MiddlewareHandler = async (c, next) => {
    calls.push(`${c.req.method} ${c.req.path}`);
    const place = waiting.findIndex(({ method, path }) => method === c.req.method && path.test(c.req.path));
    const [fault] = place < 0 ? [] : waiting.splice(place, 1);
    if (!fault || fault.afterDoing) await next();
    if (!fault) return;
    const body = fault.body ?? { message: 'a bad moment', code: fault.status };
    c.res = Response.json(body, { status: fault.status, ...(fault.headers && { headers: fault.headers }) });
  };

  return {
    middleware,
    /** `METHOD /path` of each call. */
    calls,
    /** Calls that may change something. */
    changes: () => calls.filter((call) => !call.startsWith('GET ')),
    forget: () => calls.splice(0),
    next: (fault: Fault) => void waiting.push(fault),
  };
}
