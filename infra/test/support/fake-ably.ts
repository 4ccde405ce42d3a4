import { Hono } from 'hono';
import * as v from 'valibot';
import {
  AppPatchSchema,
  AppPostSchema,
  AppSchema,
  KeyPatchSchema,
  KeyPostSchema,
  KeySchema,
  MeSchema,
  RulePatchSchema,
  RulePostSchema,
  RuleSchema,
} from './ably-schemas.ts';
import { describedApi } from './described-api.ts';
import { createFaults } from './faults.ts';
import { serve } from './serve.ts';

type App = v.InferOutput<typeof AppSchema>;
type Key = v.InferOutput<typeof KeySchema>;
type Rule = v.InferOutput<typeof RuleSchema>;

export const ABLY_TOKEN = 'a-control-token';
const ABLY_ACCOUNT = 'acc123';
/** When everything was created, in ms since the epoch. */
const CREATED = 1_700_000_000_000;
const timestamps = { created: CREATED, modified: CREATED };

function createState() {
  return {
    capabilities: ['read:app', 'write:app', 'read:key', 'write:key', 'read:rule', 'write:rule'],
    expiresAt: null as string | null,
    apps: [] as App[],
    keys: [] as Key[],
    rules: [] as Rule[],
  };
}
type State = ReturnType<typeof createState>;
type On = ReturnType<typeof describedApi>;

/** Ably's error body: `code` is the HTTP status and `statusCode` Ably's own code. */
const error = (status: number, message: string): Response =>
  Response.json({ message, code: status, statusCode: status * 100, href: '' }, { status });

/** A local server that behaves as the documentation of Ably's Control API describes. */
export async function startFakeAbly() {
  const faults = createFaults();
  const state = createState();
  let created = 0;
  const newId = () => `id${(created += 1)}`;

  const app = new Hono();
  app.onError(({ message }) => error(500, message));
  app.use(faults.middleware);
  app.use(async (c, next) =>
    c.req.header('authorization') === `Bearer ${ABLY_TOKEN}` ? next() : error(401, 'Access denied'),
  );
  app.use('/accounts/:account/*', async (c, next) =>
    c.req.param('account') === ABLY_ACCOUNT ? next() : error(404, 'no such account'),
  );
  app.use('/apps/:app/*', async (c, next) =>
    state.apps.some(({ id }) => id === c.req.param('app')) ? next() : error(404, 'no such app'),
  );
  const on = describedApi(app, error);
  addApps(on, state, newId);
  addKeys(on, state, newId);
  addRules(on, state, newId);
  return { ...(await serve(app)), state, faults };
}

function addApps(on: On, state: State, newId: () => string): void {
  on('get', '/me', { status: 200, answer: MeSchema }, () => ({
    token: {
      id: 't',
      name: 'deploy',
      capabilities: state.capabilities,
      expires_at: state.expiresAt,
      last_used_at: null,
    },
    user: { id: 1, email: 'a@example.com' },
    account: { id: ABLY_ACCOUNT, name: 'Example' },
  }));
  const path = '/accounts/:account/apps';
  on('get', path, { status: 200, answer: v.array(AppSchema) }, () => state.apps);
  on('post', path, { body: AppPostSchema, status: 201, answer: AppSchema }, (_c, body) => {
    const app: App = { tlsOnly: false, ...body, ...timestamps, ...idOf(newId), status: 'enabled' };
    state.apps.push(app);
    return app;
  });
  on('patch', '/apps/:id', { body: AppPatchSchema, status: 200, answer: AppSchema }, (c, body) =>
    update(state.apps, c.req.param('id'), body),
  );
  on('delete', '/apps/:id', { status: 204 }, (c) => remove(state.apps, c.req.param('id')));
}

const idOf = (newId: () => string) => ({ id: newId(), accountId: ABLY_ACCOUNT });

function addKeys(on: On, state: State, newId: () => string): void {
  on('get', '/apps/:app/keys', { status: 200, answer: v.array(KeySchema) }, (c) =>
    state.keys.filter(({ appId }) => appId === c.req.param('app')),
  );
  on('post', '/apps/:app/keys', { body: KeyPostSchema, status: 201, answer: KeySchema }, (c, body) => {
    const appId = c.req.param('app') ?? '';
    const id = newId();
    const key: Key = { ...body, ...timestamps, id, appId, status: 0, key: `${appId}.${id}:secretOf${id}` };
    state.keys.push(key);
    return key;
  });
  on('patch', '/apps/:app/keys/:id', { body: KeyPatchSchema, status: 200, answer: KeySchema }, (c, body) =>
    update(state.keys, c.req.param('id'), body),
  );
}

function addRules(on: On, state: State, newId: () => string): void {
  on('get', '/apps/:app/rules', { status: 200, answer: v.array(RuleSchema) }, (c) =>
    state.rules.filter(({ appId }) => appId === c.req.param('app')),
  );
  on('post', '/apps/:app/rules', { body: RulePostSchema, status: 201, answer: RuleSchema }, (c, body) => {
    const ids = { id: newId(), appId: c.req.param('app') ?? '', version: '1.2', ...timestamps };
    const target = { ...body.target, format: 'json' };
    const rule = { status: 'enabled', ...body, ...ids, target } as Rule;
    state.rules.push(rule);
    return rule;
  });
  const ofOne = '/apps/:app/rules/:id';
  on('patch', ofOne, { body: RulePatchSchema, status: 200, answer: RuleSchema }, (c, body) =>
    update(state.rules, c.req.param('id'), body),
  );
  on('delete', ofOne, { status: 204 }, (c) => remove(state.rules, c.req.param('id')));
}

/** Ably replaces whole fields. */
function update<Item extends { id: string }>(items: Item[], id: string | undefined, body: object) {
  const found = items.find((item) => item.id === id);
  return found ? Object.assign(found, body) : error(404, `no ${id}`);
}

function remove(items: { id: string }[], id: string | undefined) {
  const index = items.findIndex((item) => item.id === id);
  if (index < 0) return error(404, `no ${id}`);
  items.splice(index, 1);
  return undefined;
}
