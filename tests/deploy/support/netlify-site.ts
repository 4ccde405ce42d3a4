import { HeadersHandler } from '@netlify/headers';
import { parseAllRedirects } from '@netlify/redirect-parser';
import { StaticHandler } from '@netlify/static';
import redirector from 'netlify-redirector';
import { join } from 'node:path';
import * as v from 'valibot';
import { listen, type HttpServer } from '@chat/stack/parts';

export interface NetlifySiteOptions {
  /** The folder of netlify.toml. */
  readonly root: string;
  /** The built page, absolute. */
  readonly publish: string;
  /** @returns undefined for a request that no function answers */
  readonly callFunction: (request: Request) => Promise<Response | undefined>;
  /** Names under which a proxy passes requests on. */
  readonly hosts?: readonly string[];
}

const RedirectsSchema = v.array(
  v.looseObject({ from: v.string(), to: v.string(), status: v.optional(v.number()) }),
);

/**
 * Serves a site as Netlify does, with the packages of Netlify's local server: the parser of
 * netlify.toml, headers, the redirect matcher, files. The whole server is unsuitable: it expects a
 * development server behind it and omits the redirect of a single-page app.
 */
export async function startNetlifySite({
  root,
  publish,
  callFunction,
  hosts = [],
}: NetlifySiteOptions): Promise<HttpServer> {
  const configPath = join(root, 'netlify.toml');
  const headers = new HeadersHandler({ configPath, projectDir: root, publishDir: publish, logger: console });
  const files = new StaticHandler({ directory: publish });
  const redirect = await createRedirects(configPath, publish);

  async function fileAt(request: Request, path?: string): Promise<Response | undefined> {
    const match = await files.match(path === undefined ? request : new Request(new URL(path, request.url)));
    return match?.handle();
  }
  async function fetch(request: Request): Promise<Response> {
    const answer = await callFunction(request);
    if (answer) return answer;
    // A file takes precedence over a redirect that is not forced.
    const file = await fileAt(request);
    const rule = file ? undefined : redirect(request);
    const target = rule && (await fileAt(request, rule.to));
    const response = file ?? new Response(target?.body ?? null, { status: rule?.status ?? 404 });
    for (const [name, value] of target?.headers ?? []) response.headers.set(name, value);
    // As on Netlify, a redirect has the headers of its target.
    await headers.apply(rule ? new Request(new URL(rule.to, request.url)) : request, response);
    return response;
  }
  return listen({ fetch: (request: Request) => fetch(request) }, { hosts, origins: 'any' });
}

/** @throws Error with the messages of Netlify's parser */
async function createRedirects(netlifyConfigPath: string, publish: string) {
  const redirectsFiles = [join(publish, '_redirects')];
  const parsed = await parseAllRedirects({
    netlifyConfigPath,
    redirectsFiles,
    configRedirects: [],
    minimal: false,
  });
  if (parsed.errors.length > 0) throw new Error(parsed.errors.join('\n'));
  const rules = v
    .parse(RedirectsSchema, parsed.redirects)
    .map(({ from, ...rule }) => ({ ...rule, origin: from }));
  const matcher = await redirector.parseJSON(JSON.stringify(rules), { jwtSecret: '', jwtRoleClaim: '' });
  return ({ url, headers }: Request) => {
    const { protocol, hostname, pathname, search } = new URL(url);
    return matcher.match({
      scheme: protocol.slice(0, -1),
      host: hostname,
      path: decodeURIComponent(pathname),
      query: search.slice(1),
      headers: Object.fromEntries(headers),
      getHeader: (name) => headers.get(name) ?? '',
      getCookie: () => '',
    });
  };
}
