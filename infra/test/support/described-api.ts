import type { Context, Hono } from 'hono';
import * as v from 'valibot';

/** One call as the vendor's machine-readable API description has it. */
interface Operation<Body> {
  /** Schema of the JSON body; without one, a call with a body is rejected. */
  readonly body?: v.GenericSchema<Body>;
  readonly query?: v.GenericSchema;
  readonly status: 200 | 201 | 204;
  /** Schema of the answer; without one, there is none (204). */
  readonly answer?: v.GenericSchema;
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** @returns the answer, or an error response */
type Handler<Body> = (context: Context, body: Body) => unknown;

/**
 * Adds calls to a fake that is strict in both directions: it rejects requests that the description
 * does not allow, and fails when it answers something that the vendor would not.
 * @param reject makes the vendor's error response
 */
export function describedApi(app: Hono, reject: (status: number, message: string) => Response) {
  return function on<Body = undefined>(
    method: Method,
    path: string,
    operation: Operation<Body>,
    handle: Handler<Body>,
  ): void {
    app[method](path, async (c) => {
      const query = v.safeParse(operation.query ?? v.strictObject({}), c.req.query());
      if (!query.success) return reject(400, `query: ${describe(query.issues)}`);
      const body = await readBody(c, operation);
      if (!body.success) return reject(422, describe(body.issues));
      const answer = await handle(c, body.output);
      if (answer instanceof Response) return answer;
      if (!operation.answer) return c.body(null, operation.status as 204);
      const checked = v.safeParse(operation.answer, answer);
      if (!checked.success) throw new Error(`The fake answers ${path} wrongly: ${describe(checked.issues)}`);
      return c.json(answer as object, operation.status as 200);
    });
  };
}

async function readBody<Body>(c: Context, { body }: Operation<Body>) {
  const text = await c.req.text();
  const isJson = c.req.header('content-type') === 'application/json';
  const schema = (body ?? v.undefined()) as v.GenericSchema<Body>;
  return v.safeParse(schema, text === '' || !isJson ? undefined : JSON.parse(text));
}

function describe(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues.map((issue) => `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`).join(', ');
}
