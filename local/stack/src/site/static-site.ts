import { serveStatic } from '@hono/node-server/serve-static';
import { Hono, type Context } from 'hono';
import { compress } from 'hono/compress';
import { etag } from 'hono/etag';
import { allowConnections, headersFor, matchPath, type NetlifyToml } from './netlify-toml.ts';

export interface StaticSiteOptions {
  /** Absolute path of the built site. */
  publishDir: string;
  rules: Pick<NetlifyToml, 'headers' | 'redirects'>;
  /** Origins to add to the page's security policy: the broker on this machine. */
  connectOrigins: readonly string[];
}

/**
 * Serves the built site like Netlify: files first, then redirects; headers by path; entity tags and
 * compression for everything.
 */
export function createStaticSite({ publishDir, rules, connectOrigins }: StaticSiteOptions): Hono {
  const app = new Hono();
  /** The served file, when a redirect replaced the requested one. */
  const targets = new WeakMap<Context, string>();
  const file = (path?: string) => serveStatic({ root: publishDir, ...(path && { path }) });

  app.use(async (c, next) => {
    await next();
    // Headers of the served file: otherwise browsers would cache the 404 page as the missing
    // script.
    for (const [name, value] of headersFor(rules.headers, targets.get(c) ?? c.req.path)) {
      const isPolicy = name === 'content-security-policy';
      c.res.headers.set(name, isPolicy ? allowConnections(value, connectOrigins) : value);
    }
  });
  app.use(compress());
  app.use(etag());
  app.get('*', file());
  app.get('*', async (c, next) => {
    for (const { from, to, status } of rules.redirects) {
      const match = matchPath(from, c.req.path);
      if (!match) continue;
      const target = to.replace(':splat', match.splat);
      if (status >= 300 && status < 400) return c.redirect(target, status as 301);
      targets.set(c, target);
      const found = await file(target)(c, () => Promise.resolve());
      if (!found) return c.notFound();
      return status === 200 ? found : new Response(found.body, { status, headers: found.headers });
    }
    return next();
  });
  return app;
}
