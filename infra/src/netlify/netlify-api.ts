import * as v from 'valibot';
import { anything, createJsonApi, type JsonApiOptions } from '../http/json-api.ts';

const NETLIFY_URL = 'https://api.netlify.com/api/v1';

const TeamSchema = v.object({ id: v.string(), slug: v.string(), name: v.optional(v.string(), '') });

const SiteSchema = v.object({
  id: v.string(),
  name: v.string(),
  account_slug: v.string(),
  ssl_url: v.optional(v.string()),
  url: v.optional(v.string()),
  /** Missing before the first deploy. */
  published_deploy: v.nullish(v.object({ title: v.nullish(v.string()) })),
});

const VariableSchema = v.object({
  key: v.string(),
  is_secret: v.optional(v.boolean(), false),
  values: v.array(v.object({ context: v.string(), value: v.optional(v.string(), '') })),
});

export type Team = v.InferOutput<typeof TeamSchema>;
export type Site = v.InferOutput<typeof SiteSchema>;
export type Variable = v.InferOutput<typeof VariableSchema>;

export interface DesiredVariable {
  readonly key: string;
  readonly is_secret: boolean;
  readonly scopes?: readonly string[];
  readonly values: readonly { readonly context: string; readonly value: string }[];
}

export type NetlifyApi = ReturnType<typeof createNetlifyApi>;

/** The calls of Netlify's API that the deployment uses. Each throws ApiError. */
export function createNetlifyApi(
  options: Omit<JsonApiOptions, 'service' | 'baseUrl'> & { baseUrl?: string },
) {
  const { call } = createJsonApi({ service: 'Netlify', baseUrl: NETLIFY_URL, ...options });
  const env = (team: string, site: string, key = '') =>
    `/accounts/${team}/env${key && `/${key}`}?site_id=${encodeURIComponent(site)}`;
  return {
    teams: () => call({ method: 'GET', path: '/accounts', answer: v.array(TeamSchema) }),
    /** Returns every site whose name contains this text. */
    sites: (name: string) =>
      call({
        method: 'GET',
        path: `/sites?filter=all&name=${encodeURIComponent(name)}`,
        answer: v.array(SiteSchema),
      }),
    createSite: (team: string, name: string) =>
      call({ method: 'POST', path: `/${team}/sites`, body: { name }, answer: SiteSchema }),
    deleteSite: (id: string) => call({ method: 'DELETE', path: `/sites/${id}`, answer: anything }),
    variables: (team: string, site: string) =>
      call({ method: 'GET', path: env(team, site), answer: v.array(VariableSchema) }),
    createVariables: (team: string, site: string, body: readonly DesiredVariable[]) =>
      call({ method: 'POST', path: env(team, site), body, answer: anything }),
    updateVariable: (team: string, site: string, body: DesiredVariable) =>
      call({ method: 'PUT', path: env(team, site, body.key), body, answer: anything }),
  };
}
