import * as v from 'valibot';
import { anything, createJsonApi, type JsonApiOptions } from '../http/json-api.ts';

const CONTROL_URL = 'https://control.ably.net/v1';

const MeSchema = v.object({
  token: v.object({
    capabilities: v.array(v.string()),
    /** Null for a token that never expires. */
    expires_at: v.nullable(v.pipe(v.string(), v.isoTimestamp())),
  }),
  account: v.object({ id: v.string(), name: v.string() }),
});

const AppSchema = v.object({
  id: v.string(),
  name: v.string(),
  status: v.optional(v.string()),
  tlsOnly: v.nullish(v.boolean()),
});

const CapabilitySchema = v.record(v.string(), v.array(v.string()));

const KeySchema = v.object({
  id: v.string(),
  name: v.string(),
  /** `<app>.<key>:<secret>` */
  key: v.string(),
  capability: CapabilitySchema,
  revocableTokens: v.nullish(v.boolean()),
  /** 0 active, 1 revoked. */
  status: v.optional(v.number(), 0),
});

const RuleSchema = v.object({
  id: v.string(),
  ruleType: v.string(),
  status: v.optional(v.string(), 'enabled'),
  source: v.optional(v.object({ channelFilter: v.optional(v.string(), ''), type: v.string() })),
  /** Rules of other kinds may lack it. */
  target: v.optional(v.looseObject({}), {}),
});

export type Me = v.InferOutput<typeof MeSchema>;
export type AblyApp = v.InferOutput<typeof AppSchema>;
export type AblyKey = v.InferOutput<typeof KeySchema>;
export type AblyRule = v.InferOutput<typeof RuleSchema>;
export type Capability = v.InferOutput<typeof CapabilitySchema>;

export interface DesiredKey {
  readonly name: string;
  /** Whether single tokens of this key can be revoked; limits their life to one hour. */
  readonly revocableTokens: boolean;
  readonly capability: Capability;
}

export interface DesiredRule {
  readonly ruleType: 'aws/lambda' | 'aws/kinesis';
  readonly requestMode: 'single';
  readonly status: 'enabled';
  readonly source: { readonly channelFilter: string; readonly type: 'channel.message' };
  readonly target: Readonly<Record<string, unknown>>;
}

export type ControlApi = ReturnType<typeof createControlApi>;

/** The calls of Ably's Control API that the deployment uses. Each throws ApiError. */
export function createControlApi(
  options: Omit<JsonApiOptions, 'service' | 'baseUrl'> & { baseUrl?: string },
) {
  const { call } = createJsonApi({ service: 'Ably', baseUrl: CONTROL_URL, ...options });
  return {
    me: () => call({ method: 'GET', path: '/me', answer: MeSchema }),
    apps: (account: string) =>
      call({ method: 'GET', path: `/accounts/${account}/apps`, answer: v.array(AppSchema) }),
    createApp: (account: string, body: { name: string; tlsOnly: boolean }) =>
      call({ method: 'POST', path: `/accounts/${account}/apps`, body, answer: AppSchema }),
    updateApp: (id: string, body: { tlsOnly: boolean }) =>
      call({ method: 'PATCH', path: `/apps/${id}`, body, answer: AppSchema }),
    deleteApp: (id: string) => call({ method: 'DELETE', path: `/apps/${id}`, answer: anything }),

    keys: (app: string) => call({ method: 'GET', path: `/apps/${app}/keys`, answer: v.array(KeySchema) }),
    createKey: (app: string, body: DesiredKey) =>
      call({ method: 'POST', path: `/apps/${app}/keys`, body, answer: KeySchema }),
    updateKey: (app: string, id: string, body: DesiredKey) =>
      call({ method: 'PATCH', path: `/apps/${app}/keys/${id}`, body, answer: KeySchema }),

    rules: (app: string) => call({ method: 'GET', path: `/apps/${app}/rules`, answer: v.array(RuleSchema) }),
    createRule: (app: string, body: DesiredRule) =>
      call({ method: 'POST', path: `/apps/${app}/rules`, body, answer: RuleSchema }),
    updateRule: (app: string, id: string, body: DesiredRule) =>
      call({ method: 'PATCH', path: `/apps/${app}/rules/${id}`, body, answer: RuleSchema }),
    deleteRule: (app: string, id: string) =>
      call({ method: 'DELETE', path: `/apps/${app}/rules/${id}`, answer: anything }),
  };
}
