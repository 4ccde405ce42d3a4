import { Hono } from 'hono';
import { createFaults } from './faults.ts';
import { serve } from './serve.ts';

interface App {
  id: string;
  name: string;
  accountId: string;
  status: string;
  tlsOnly: boolean;
}
interface Key {
  id: string;
  appId: string;
  name: string;
  key: string;
  capability: Record<string, string[]>;
  status: number;
}
interface Rule {
  id: string;
  appId: string;
  ruleType: string;
  requestMode: string;
  status: string;
  version: string;
  source: { channelFilter: string; type: string };
  target: Record<string, unknown>;
}

export const ABLY_TOKEN = 'a-control-token';
const ABLY_ACCOUNT = 'acc123';

/** A local server that behaves as the documentation of Ably's Control API describes. */
export async function startFakeAbly() {
  const faults = createFaults();
  const state = {
    capabilities: ['read:app', 'write:app', 'read:key', 'write:key', 'read:rule', 'write:rule'],
    expiresAt: null as string | null,
    apps: [] as App[],
    keys: [] as Key[],
    rules: [] as Rule[],
  };
  let created = 0;
  const newId = () => `id${(created += 1)}`;
  const error = (status: number, message: string) =>
    Response.json({ message, code: status, statusCode: status * 100, href: '' }, { status });

  const app = new Hono();
  app.use(faults.middleware);
  app.use(async (c, next) => {
    if (c.req.header('authorization') !== `Bearer ${ABLY_TOKEN}`) return error(401, 'Access denied');
    return next();
  });
  app.get('/me', (c) =>
    c.json({
      token: {
        id: 't',
        name: 'deploy',
        capabilities: state.capabilities,
        expires_at: state.expiresAt,
        last_used_at: null,
      },
      user: { id: 1, email: 'a@example.com' },
      account: { id: ABLY_ACCOUNT, name: 'Example' },
    }),
  );
  app.get('/accounts/:account/apps', (c) => c.json(state.apps));
  app.post('/accounts/:account/apps', async (c) => {
    const { name, tlsOnly = false } = await c.req.json<{ name: string; tlsOnly?: boolean }>();
    const created = { id: newId(), name, accountId: c.req.param('account'), status: 'enabled', tlsOnly };
    state.apps.push(created);
    return c.json(created, 201);
  });
  app.patch('/apps/:app', async (c) => {
    const found = state.apps.find(({ id }) => id === c.req.param('app'));
    return found ? c.json(Object.assign(found, await c.req.json())) : error(404, 'no such app');
  });
  app.delete('/apps/:app', (c) => {
    const index = state.apps.findIndex(({ id }) => id === c.req.param('app'));
    if (index < 0) return error(404, 'no such app');
    state.apps.splice(index, 1);
    return c.body(null, 204);
  });

  app.use('/apps/:app/*', async (c, next) =>
    state.apps.some(({ id }) => id === c.req.param('app')) ? next() : error(404, 'no such app'),
  );
  app.get('/apps/:app/keys', (c) => c.json(state.keys.filter(({ appId }) => appId === c.req.param('app'))));
  app.post('/apps/:app/keys', async (c) => {
    const appId = c.req.param('app');
    const id = newId();
    const body = await c.req.json<Pick<Key, 'name' | 'capability'>>();
    const key = { id, appId, status: 0, key: `${appId}.${id}:secretOf${id}`, ...body };
    state.keys.push(key);
    return c.json(key, 201);
  });
  app.patch('/apps/:app/keys/:key', async (c) => {
    const found = state.keys.find(({ id }) => id === c.req.param('key'));
    return found ? c.json(Object.assign(found, await c.req.json())) : error(404, 'no such key');
  });
  app.get('/apps/:app/rules', (c) => c.json(state.rules.filter(({ appId }) => appId === c.req.param('app'))));
  app.post('/apps/:app/rules', async (c) => {
    const body = await c.req.json<Rule>();
    const problem = validateRule(body);
    if (problem) return error(422, problem);
    const rule = { ...body, id: newId(), appId: c.req.param('app'), version: '1.2', status: body.status };
    rule.target = { ...body.target, format: 'json' };
    state.rules.push(rule);
    return c.json(rule, 201);
  });
  app.patch('/apps/:app/rules/:rule', async (c) => {
    const found = state.rules.find(({ id }) => id === c.req.param('rule'));
    const body = await c.req.json<Rule>();
    if (!found) return error(404, 'no such rule');
    if (!body.ruleType) return error(422, 'ruleType is required');
    return c.json(Object.assign(found, body));
  });
  app.delete('/apps/:app/rules/:rule', (c) => {
    const index = state.rules.findIndex(({ id }) => id === c.req.param('rule'));
    if (index < 0) return error(404, 'no such rule');
    state.rules.splice(index, 1);
    return c.body(null, 204);
  });
  return { ...(await serve(app)), state, faults };
}

/** Accepts exactly the fields of the request schemas of these two rule types. */
function validateRule({ ruleType, requestMode, source, target }: Rule): string | undefined {
  const allowed: Record<string, string[]> = {
    'aws/lambda': ['region', 'functionName', 'enveloped', 'authentication'],
    'aws/kinesis': ['region', 'streamName', 'partitionKey', 'enveloped', 'format', 'authentication'],
  };
  const names = allowed[ruleType];
  if (!names) return `unknown ruleType ${ruleType}`;
  if (requestMode !== 'single' || !source.channelFilter || !source.type)
    return 'requestMode and source are required';
  const unknown = Object.keys(target).filter((name) => !names.includes(name));
  if (unknown.length > 0) return `unknown in target: ${unknown.join(', ')}`;
  return target['region'] && target['authentication'] ? undefined : 'region and authentication are required';
}
