import type { MiddlewareHandler } from 'hono';

/** An error of a service, for the next matching call. */
interface Fault {
  readonly method: string;
  readonly path: RegExp;
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** Carries the call out and replaces only its response. */
  readonly afterDoing?: boolean;
}

/** Injects each fault once and records all calls. */
export function createFaults() {
  const pending: Fault[] = [];
  const calls: string[] = [];

  const middleware: MiddlewareHandler = async (c, next) => {
    calls.push(`${c.req.method} ${c.req.path}`);
    const index = pending.findIndex(({ method, path }) => method === c.req.method && path.test(c.req.path));
    const [fault] = index < 0 ? [] : pending.splice(index, 1);
    if (!fault || fault.afterDoing) await next();
    if (!fault) return;
    const body = fault.body ?? { message: 'injected fault', code: fault.status };
    c.res = Response.json(body, { status: fault.status, ...(fault.headers && { headers: fault.headers }) });
  };

  return {
    middleware,
    /** `METHOD /path` of each call. */
    calls,
    /** Calls other than GET. */
    changes: () => calls.filter((call) => !call.startsWith('GET ')),
    clearRecords: () => calls.splice(0),
    next: (fault: Fault) => void pending.push(fault),
  };
}
