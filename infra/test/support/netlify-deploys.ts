/**
 * The calls that Netlify's command line makes beside the deployment's own, with the fields that it
 * sends.
 */
import * as v from 'valibot';
import type { describedApi } from './described-api.ts';
import { SiteSchema } from './netlify-schemas.ts';

type Site = v.InferOutput<typeof SiteSchema>;

const DeploySchema = v.strictObject({
  id: v.string(),
  site_id: v.string(),
  state: v.picklist(['new', 'prepared', 'ready']),
  required: v.array(v.string()),
  required_functions: v.array(v.string()),
  ssl_url: v.string(),
  deploy_ssl_url: v.string(),
});

/** SHA-1 of a file by its path, or SHA-256 of a function by its name. */
const digests = (length: number) =>
  v.record(v.string(), v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${length}}$`))));

/** What a deploy has published. */
export interface Upload {
  readonly files: string[];
  readonly functions: string[];
}

export function addDeploys(on: ReturnType<typeof describedApi>, state: { sites: Site[]; uploads: Upload[] }) {
  const titles = new Map<string, string>();
  const notFound = () => Response.json({ code: 404, message: 'Not Found' }, { status: 404 });
  const siteOf = (id: string | undefined) => state.sites.find((site) => site.id === id);
  const deployOf = (site: Site, deployState: 'new' | 'prepared' | 'ready') => ({
    id: 'deploy1',
    site_id: site.id,
    state: deployState,
    required: [],
    required_functions: [],
    ssl_url: site.ssl_url,
    deploy_ssl_url: site.ssl_url.replace('//', '//deploy1--'),
  });

  const one = { query: v.strictObject({ feature_flags: v.optional(v.string()) }), status: 200 } as const;
  on('get', '/sites/:site', { ...one, answer: SiteSchema }, (c) => siteOf(c.req.param('site')) ?? notFound());
  // Extensions of the site; the command line derives this address from that of the API.
  const none = { status: 200, answer: v.array(v.never()) } as const;
  on('get', '/team/:team/integrations/installations/meta/:site', none, () => []);

  const create = {
    query: v.strictObject({ title: v.optional(v.string()) }),
    body: v.strictObject({ draft: v.boolean(), include_upload_url: v.boolean(), deploy_source: v.string() }),
    status: 200,
    answer: DeploySchema,
  } as const;
  on('post', '/sites/:site/deploys', create, (c) => {
    const site = siteOf(c.req.param('site'));
    if (!site) return notFound();
    titles.set(site.id, c.req.query('title') ?? '');
    return deployOf(site, 'new');
  });
  const body = v.looseObject({ files: digests(40), functions: digests(64), draft: v.literal(false) });
  on('put', '/sites/:site/deploys/deploy1', { body, status: 200, answer: DeploySchema }, (c, sent) => {
    const site = siteOf(c.req.param('site'));
    if (!site) return notFound();
    state.uploads.push({ files: Object.keys(sent.files), functions: Object.keys(sent.functions) });
    site.published_deploy = { id: 'deploy1', state: 'ready', title: titles.get(site.id) ?? '' };
    return deployOf(site, 'prepared');
  });
  on('get', '/sites/:site/deploys/deploy1', { status: 200, answer: DeploySchema }, (c) => {
    const site = siteOf(c.req.param('site'));
    return site ? deployOf(site, 'ready') : notFound();
  });
}
