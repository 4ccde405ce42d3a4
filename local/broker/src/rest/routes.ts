import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { ensureAllows } from '../auth/capability.ts';
import type { BrokerContext } from '../context.ts';
import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import { createApp, deleteApp } from './apps.ts';
import { channelStatus } from './channel-status.ts';
import { messageHistory, presenceHistory } from './history.ts';
import { presenceBatch, presenceMembers } from './presence.ts';
import { publishBatch, publishMessages } from './publish.ts';
import { errorReply, requestedFormat, toErrorReply, toResponse } from './reply.ts';
import { requestToken } from './request-token.ts';
import { status } from './status.ts';
import { RestRequest, type Route } from './request.ts';
import { revokeTokens } from './revoke-tokens.ts';

/** Needs no credentials: clients request the time before they sign a token request. */
const time: Route = ({ context }) => ({ status: 200, body: [context.timing.now()] });

const stats: Route = async (request) => {
  ensureAllows((await request.caller()).capability, '*', 'stats');
  return { status: 200, body: [] };
};

const ROUTES: [method: 'get' | 'post' | 'delete', path: string, route: Route][] = [
  ['get', '/time', time],
  ['get', '/stats', stats],
  ['get', '/status', status],
  ['get', '/channels/:channel', channelStatus],
  ['post', '/channels/:channel/messages', publishMessages],
  ['get', '/channels/:channel/messages', messageHistory],
  ['get', '/channels/:channel/history', messageHistory],
  ['get', '/channels/:channel/presence', presenceMembers],
  ['get', '/channels/:channel/presence/history', presenceHistory],
  ['post', '/messages', publishBatch],
  ['get', '/presence', presenceBatch],
  ['post', '/keys/:keyName/requestToken', requestToken],
  ['post', '/keys/:keyName/revokeTokens', revokeTokens],
  ['post', '/apps', createApp],
  ['delete', '/apps/:appId', deleteApp],
];

/** The REST interface, in both formats. */
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
    app[method](path, async (c) => {
      const kind = kindOf(path);
      if (kind) context.account.admitRequest(kind);
      return toResponse(c, await route(new RestRequest(c, context), requestedFormat(c)));
    });
  }
  // Ably reports an unknown key (40400) before a wrong method.
  app.get('/keys/:keyName/requestToken', (c) => failed(c, noSuch('GET', c.req.path)));
  for (const [, path] of ROUTES) app.all(path, (c) => failed(c, wrongMethod(c.req.method, path)));
  app.notFound((c) => toResponse(c, errorReply(noSuch(c.req.method, c.req.path))));
  app.onError((error, c) => failed(c, error));
  return app;
}

/** Returns which of the plan's rates a request counts towards, unless Ably has no such route. */
function kindOf(path: string): 'requests' | 'tokenRequests' | undefined {
  if (path.startsWith('/apps') || path === '/status') return undefined;
  return path.endsWith('/requestToken') ? 'tokenRequests' : 'requests';
}

/** Requests have credentials, so the origin must be explicit. Errors have the headers, too. */
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
  new WireError(Code.notFound, `No route for ${method} ${path}`);
const wrongMethod = (method: string, path: string) =>
  new WireError(Code.methodNotAllowed, `${path} does not support ${method}`);
const tooLarge = () => new WireError(Code.tooLarge, `The request body exceeds ${limits.maxFrameSize} bytes`);
