import { Hono } from 'hono';
import { createFaults } from './faults.ts';
import { serve } from './serve.ts';

interface Variable {
  key: string;
  is_secret?: boolean;
  scopes?: string[];
  values: { context: string; value: string }[];
}

export const NETLIFY_TOKEN = 'a-netlify-token';

/** A local server that behaves as Netlify's API documentation describes. */
export async function startFakeNetlify() {
  const faults = createFaults();
  const state = {
    teams: [{ id: 'team1', slug: 'my-team', name: 'My team' }],
    sites: [] as { id: string; name: string; account_slug: string; ssl_url: string }[],
    /** Site names of other customers. */
    foreignNames: [] as string[],
    variables: new Map<string, Variable>(),
  };
  const error = (status: number, body: object) => Response.json({ code: status, ...body }, { status });

  const app = new Hono();
  app.use(faults.middleware);
  app.use(async (c, next) =>
    c.req.header('authorization') === `Bearer ${NETLIFY_TOKEN}`
      ? next()
      : error(401, { message: 'Access Denied' }),
  );
  app.get('/accounts', (c) => c.json(state.teams));
  app.get('/sites', (c) =>
    c.json(state.sites.filter(({ name }) => name.includes(c.req.query('name') ?? ''))),
  );
  app.post('/:team/sites', async (c) => {
    const { name } = await c.req.json<{ name: string }>();
    if (state.foreignNames.includes(name)) return error(422, { errors: { subdomain: ['must be unique'] } });
    const site = {
      id: `site-${name}`,
      name,
      account_slug: c.req.param('team'),
      ssl_url: `https://${name}.netlify.app`,
    };
    state.sites.push(site);
    return c.json(site, 201);
  });
  app.delete('/sites/:site', (c) => {
    const index = state.sites.findIndex(({ id }) => id === c.req.param('site'));
    if (index < 0) return error(404, { message: 'Not Found' });
    state.sites.splice(index, 1);
    return c.body(null, 204);
  });
  app.get('/accounts/:team/env', (c) => c.json([...state.variables.values()].map(masked)));
  app.post('/accounts/:team/env', async (c) => {
    const variables = await c.req.json<Variable[]>();
    for (const variable of variables) {
      if (state.variables.has(variable.key)) return error(409, { message: `${variable.key} exists` });
      const problem = validateVariable(variable);
      if (problem) return error(422, { message: problem });
    }
    for (const variable of variables) state.variables.set(variable.key, variable);
    return c.json(variables.map(masked), 201);
  });
  app.put('/accounts/:team/env/:key', async (c) => {
    const variable = await c.req.json<Variable>();
    if (!state.variables.has(c.req.param('key'))) return error(404, { message: 'Not Found' });
    const problem = validateVariable(variable);
    if (problem) return error(422, { message: problem });
    state.variables.set(variable.key, variable);
    return c.json(masked(variable));
  });
  return { ...(await serve(app)), state, faults };
}

/** Netlify never returns the value of a secret. */
function masked(variable: Variable): Variable {
  if (!variable.is_secret) return variable;
  return {
    ...variable,
    values: variable.values.map(({ context }) => ({ context, value: '****************' })),
  };
}

function validateVariable({ is_secret, scopes, values }: Variable): string | undefined {
  if (!is_secret) return scopes ? 'scopes are not part of the free plan' : undefined;
  if (values.some(({ context }) => context === 'all' || context === 'dev'))
    return 'a secret needs contexts without dev';
  const free = ['builds', 'functions', 'runtime'];
  return JSON.stringify(scopes) === JSON.stringify(free)
    ? undefined
    : 'a secret needs the scopes builds, functions, runtime';
}
