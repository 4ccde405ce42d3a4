import { Hono } from 'hono';
import * as v from 'valibot';
import { describedApi } from './described-api.ts';
import { createFaults } from './faults.ts';
import {
  AccountsQuerySchema,
  EnvListQuerySchema,
  EnvQuerySchema,
  SitePostSchema,
  SiteSchema,
  SitesQuerySchema,
  TeamSchema,
  VariableSchema,
  type Variable,
} from './netlify-schemas.ts';
import { addDeploys, type Upload } from './netlify-deploys.ts';
import { serve } from './serve.ts';

export const NETLIFY_TOKEN = 'a-netlify-token';

type Team = v.InferOutput<typeof TeamSchema>;
type Site = v.InferOutput<typeof SiteSchema>;

function createState() {
  return {
    teams: [{ id: 'team1', slug: 'my-team', name: 'My team' }] as Team[],
    sites: [] as Site[],
    /** Site names of other customers. */
    foreignNames: [] as string[],
    /** Variables of all sites, by site id and key. */
    variables: new Map<string, Map<string, Variable>>(),
    uploads: [] as Upload[],
  };
}
type State = ReturnType<typeof createState>;
type On = ReturnType<typeof describedApi>;

const error = (status: number, message: string): Response =>
  Response.json({ code: status, message }, { status });

/** The list of extensions needs no token. */
const isPublic = (path: string): boolean => path.startsWith('/team/');

/** A local server that behaves as Netlify's API documentation describes. */
export async function startFakeNetlify() {
  const faults = createFaults();
  const state = createState();
  const app = new Hono();
  app.onError(({ message }) => error(500, message));
  app.use(faults.middleware);
  app.use(async (c, next) =>
    c.req.header('authorization') === `Bearer ${NETLIFY_TOKEN}` || isPublic(c.req.path)
      ? next()
      : error(401, 'Access Denied'),
  );
  const on = describedApi(app, error);
  addSites(on, state);
  addVariables(on, state);
  addDeploys(on, state);
  return {
    // The command line expects the path of the real API.
    ...(await serve(new Hono().route('/', app).route('/api/v1', app))),
    state,
    faults,
    /** Variables of a site that the deployment created. */
    variables: (name = 'my-chat') => state.variables.get(`site-${name}`) ?? new Map<string, Variable>(),
  };
}

/** Adds a site as if the team had created it. */
export function addSite({ sites, variables, teams }: State, name: string, team = teams[0]): Site {
  const address = `${name}.netlify.app`;
  const site: Site = {
    id: `site-${name}`,
    name,
    account_id: team?.id ?? '',
    account_slug: team?.slug ?? '',
    url: `http://${address}`,
    ssl_url: `https://${address}`,
  };
  sites.push(site);
  variables.set(site.id, new Map());
  return site;
}

/** Publishes as `netlify deploy --prod --message` does. */
export function publish({ sites }: State, siteId: string | undefined, title: string): void {
  const site = sites.find(({ id }) => id === siteId);
  if (!site) throw new Error(`No site ${siteId}`);
  site.published_deploy = { id: 'deploy1', state: 'ready', title };
}

function addSites(on: On, state: State): void {
  const teams = { query: AccountsQuerySchema, status: 200, answer: v.array(TeamSchema) } as const;
  on('get', '/accounts', teams, () => state.teams);
  const list = { query: SitesQuerySchema, status: 200, answer: v.array(SiteSchema) } as const;
  on('get', '/sites', list, (c) =>
    state.sites.filter(({ name }) => name.includes(c.req.query('name') ?? '')),
  );
  const create = { body: SitePostSchema, status: 201, answer: SiteSchema } as const;
  on('post', '/:team/sites', create, (c, { name }) => {
    const team = state.teams.find(({ slug }) => slug === c.req.param('team'));
    if (!team) return error(404, 'Not Found');
    if ([...state.foreignNames, ...state.sites.map((site) => site.name)].includes(name)) {
      return Response.json({ code: 422, errors: { subdomain: ['must be unique'] } }, { status: 422 });
    }
    return addSite(state, name, team);
  });
  on('delete', '/sites/:site', { status: 204 }, (c) => {
    const index = state.sites.findIndex(({ id }) => id === c.req.param('site'));
    if (index < 0) return error(404, 'Not Found');
    state.sites.splice(index, 1);
    state.variables.delete(c.req.param('site') ?? '');
    return undefined;
  });
}

function addVariables(on: On, state: State): void {
  /** The team may be named by its id or its slug, and must own the site. */
  const variablesOf = (team: string | undefined, siteId: string | undefined) => {
    const site = state.sites.find(({ id }) => id === siteId);
    const isOwner = site && [site.account_id, site.account_slug].includes(team ?? '');
    return isOwner ? state.variables.get(site.id) : undefined;
  };
  const env = '/accounts/:team/env';
  const query = EnvQuerySchema;
  const list = { query: EnvListQuerySchema, status: 200, answer: v.array(VariableSchema) } as const;
  on('get', env, list, (c) => {
    // The team has no variables of its own.
    if (c.req.query('site_id') === undefined) return [];
    const found = variablesOf(c.req.param('team'), c.req.query('site_id'));
    return found ? [...found.values()].map(masked) : error(404, 'Not Found');
  });
  const body = v.array(VariableSchema);
  on('post', env, { query, body, status: 201, answer: v.array(VariableSchema) }, (c, variables) => {
    const found = variablesOf(c.req.param('team'), c.req.query('site_id'));
    if (!found) return error(404, 'Not Found');
    const existing = variables.find(({ key }) => found.has(key));
    if (existing) return error(409, `${existing.key} exists`);
    for (const variable of variables) found.set(variable.key, variable);
    return variables.map(masked);
  });
  const put = { query, body: VariableSchema, status: 200, answer: VariableSchema } as const;
  on('put', `${env}/:key`, put, (c, variable) => {
    const found = variablesOf(c.req.param('team'), c.req.query('site_id'));
    if (!found?.has(c.req.param('key') ?? '')) return error(404, 'Not Found');
    found.set(variable.key, variable);
    return masked(variable);
  });
}

/** Netlify never returns the value of a secret. */
function masked(variable: Variable): Variable {
  if (!variable.is_secret) return variable;
  return { ...variable, values: variable.values.map((one) => ({ ...one, value: '****************' })) };
}
