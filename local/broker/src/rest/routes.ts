import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { ensureAllows } from '../auth/capability.ts';
import type { BrokerContext } from '../context.ts';
import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import { createApp, deleteApp } from './apps.ts';
import { publishBatch } from './batch.ts';
import { channelStatus } from './channel-status.ts';
import { messageHistory, presenceHistory } from './history.ts';
import { presenceMembers } from './presence.ts';
import { publishMessages } from './publish.ts';
import { errorReply, requestedFormat, toErrorReply, toResponse } from './reply.ts';
import { RestRequest } from './request.ts';
import { requestToken } from './request-token.ts';
import type { Route } from './route.ts';
import { time } from './time.ts';

const stats: Route = async (request) => {
  ensureAllows((await request.principal()).capability, '*', 'stats');
  return { status: 200, body: [] };
};

const ROUTES: [method: 'get' | 'post' | 'delete', path: string, route: Route][] = [
  ['get', '/time', time],
  ['get', '/stats', stats],
  ['get', '/channels/:channel', channelStatus],
  ['post', '/channels/:channel/messages', publishMessages],
  ['get', '/channels/:channel/messages', messageHistory],
  ['get', '/channels/:channel/history', messageHistory],
  ['get', '/channels/:channel/presence', presenceMembers],
  ['get', '/channels/:channel/presence/history', presenceHistory],
  ['post', '/messages', publishBatch],
  ['post', '/keys/:keyName/requestToken', requestToken],
  ['post', '/apps', createApp],
  ['delete', '/apps/:appId', deleteApp],
];

/** The whole REST interface, over both formats. */
export function restRoutes(context: BrokerContext): Hono {
  const app = new Hono();
  const failed = (c: Context, error: unknown) =>
    toResponse(
      c,
      toErrorReply(error, () => context.log('error', 'rest.failed', { path: c.req.path, error })),
    );
  app.use(allowBrowsers());
  app.use(bodyLimit({ maxSize: limits.maxFrameSize, onError: (c) => failed(c, tooLarge()) }));
  app.get('/is-the-internet-up.txt', (c) => c.text('yes'));
  for (const [method, path, route] of ROUTES) {
    app[method](path, async (c) =>
      toResponse(c, await route(new RestRequest(c, context), requestedFormat(c))),
    );
  }
  // An unknown key is told first (40400), whatever the method.
  app.get('/keys/:keyName/requestToken', (c) => failed(c, noSuch('GET', c.req.path)));
  for (const [, path] of ROUTES) app.all(path, (c) => failed(c, wrongMethod(c.req.method, path)));
  app.notFound((c) => toResponse(c, errorReply(noSuch(c.req.method, c.req.path))));
  app.onError((error, c) => failed(c, error));
  return app;
}

/** Requests come with credentials, so the origin must be named; errors must be readable, too. */
function allowBrowsers() {
  return cors({
    origin: (origin) => origin,
    credentials: true,
    allowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    exposeHeaders: [
      'link',
      'x-ably-errorcode',
      'x-ably-errormessage',
      'x-ably-serverid',
      'content-type',
      'content-length',
    ],
    maxAge: 600,
  });
}

const noSuch = (method: string, path: string) =>
  new WireError(Code.notFound, `Nothing answers ${method} ${path}`);
const wrongMethod = (method: string, path: string) =>
  new WireError(Code.methodNotAllowed, `${path} does not answer ${method}`);
const tooLarge = () => new WireError(Code.tooLarge, `The request body exceeds ${limits.maxFrameSize} bytes`);
