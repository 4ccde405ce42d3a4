import { getConnInfo } from '@hono/node-server/conninfo';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';

/** Netlify's limit on the body of a request. */
const MAX_BODY_BYTES = 6 * 1_048_576;

/**
 * The fields of Netlify's `context` that make sense on one machine; `cookies`, `next` and `rewrite`
 * are missing.
 */
export interface FunctionContext {
  account: { id: string };
  deploy: { context: string; id: string; published: boolean };
  geo: Record<string, never>;
  ip: string;
  json(input: unknown): Response;
  log(...data: unknown[]): void;
  params: Record<string, string>;
  requestId: string;
  server: { region: string };
  site: { id: string; name: string; url: string };
  url: URL;
  waitUntil(work: Promise<unknown>): void;
}

type Handler = (request: Request, context: FunctionContext) => Response | Promise<Response>;

const NO_HANDLER = 'must export a function by default';

const ModuleSchema = v.object({
  default: v.optional(
    v.custom<Handler>((value) => typeof value === 'function', NO_HANDLER),
    () => {
      throw new Error(NO_HANDLER);
    },
  ),
  config: v.optional(
    v.object({
      path: v.optional(
        v.union([
          v.pipe(
            v.string(),
            v.transform((path) => [path]),
          ),
          v.array(v.string()),
        ]),
      ),
      method: v.optional(
        v.union([
          v.pipe(
            v.string(),
            v.transform((name) => [name]),
          ),
          v.array(v.string()),
        ]),
      ),
    }),
  ),
});

interface NetlifyFunction {
  name: string;
  handler: Handler;
  routes: readonly URLPattern[];
  methods: readonly string[] | undefined;
}

/**
 * Serves the functions of a folder at `/.netlify/functions/<name>` or at the path of their
 * `config`. They read `process.env` like on Netlify, so this must run in a thread with the
 * functions' environment.
 * @throws Error naming the file that does not load
 */
export async function createFunctions(directory: string): Promise<Hono> {
  const files = (await readdir(directory)).filter((file) => /\.(ts|mts|js|mjs)$/.test(file));
  const functions = await Promise.all(files.map((file) => load(join(directory, file))));
  const app = new Hono();
  const limit = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: () => new Response('Payload Too Large', { status: 413 }),
  });
  app.use(async (c, next) => {
    const found = find(functions, c.req.raw);
    if (!found) return next();
    // Beyond the limit the middleware itself responds.
    return await limit(c, async () => {
      c.res = await call(found.callee, found.params, c);
    });
  });
  return app;
}

async function load(file: string): Promise<NetlifyFunction> {
  const name = basename(file).replace(/\.\w+$/, '');
  try {
    const module = v.parse(ModuleSchema, { ...((await import(pathToFileURL(file).href)) as object) });
    const paths = module.config?.path ?? [`/.netlify/functions/${name}`];
    const routes = paths.map((pathname) => new URLPattern({ pathname }));
    return { name, handler: module.default, routes, methods: module.config?.method };
  } catch (cause) {
    throw new Error(`The Netlify function ${file} does not load: ${(cause as Error).message}`, { cause });
  }
}

function find(functions: readonly NetlifyFunction[], request: Request) {
  for (const callee of functions) {
    if (callee.methods && !callee.methods.includes(request.method)) continue;
    for (const route of callee.routes) {
      const match = route.exec(request.url);
      if (match) return { callee, params: match.pathname.groups as Record<string, string> };
    }
  }
  return undefined;
}

async function call({ name, handler }: NetlifyFunction, params: Record<string, string>, c: Context) {
  try {
    return await handler(c.req.raw, contextFor(name, params, c));
  } catch (error) {
    console.error(`${name}:`, error);
    return new Response('Internal Server Error', { status: 500 });
  }
}

function contextFor(name: string, params: Record<string, string>, c: Context): FunctionContext {
  const url = new URL(c.req.url);
  return {
    account: { id: 'local' },
    deploy: { context: 'dev', id: 'local', published: false },
    geo: {},
    ip: getConnInfo(c).remote.address ?? '127.0.0.1',
    json: (input) => Response.json(input),
    log: (...data) => console.log(`${name}:`, ...data),
    params,
    requestId: randomUUID(),
    server: { region: 'local' },
    site: { id: 'local', name: 'local', url: url.origin },
    url,
    waitUntil: (work) => void work.catch((error: unknown) => console.error(`${name}:`, error)),
  };
}
