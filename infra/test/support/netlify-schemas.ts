/**
 * The calls of Netlify's API that the deployment uses: https://open-api.netlify.com. The schemas
 * accept only the fields in use.
 */
import * as v from 'valibot';

export const TeamSchema = v.strictObject({ id: v.string(), slug: v.string(), name: v.string() });

export const SitesQuerySchema = v.strictObject({
  name: v.optional(v.string()),
  filter: v.optional(v.picklist(['all', 'owner', 'guest'])),
});
export const AccountsQuerySchema = v.strictObject({ minimal: v.optional(v.literal('true')) });
export const SitePostSchema = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/)),
});
export const SiteSchema = v.strictObject({
  id: v.string(),
  name: v.string(),
  account_id: v.string(),
  account_slug: v.string(),
  url: v.pipe(v.string(), v.url()),
  ssl_url: v.pipe(v.string(), v.url()),
  published_deploy: v.optional(
    v.strictObject({ id: v.string(), state: v.literal('ready'), title: v.string() }),
  ),
});

/** Without `site_id` a variable would belong to the whole team. */
const siteId = v.pipe(v.string(), v.nonEmpty());
export const EnvQuerySchema = v.strictObject({ site_id: siteId });
export const EnvListQuerySchema = v.strictObject({ site_id: v.optional(siteId) });

/** The context `branch` needs the name of the branch; no other has one. */
const ValueSchema = v.union([
  v.strictObject({ context: v.literal('branch'), context_parameter: v.string(), value: v.string() }),
  v.strictObject({
    context: v.picklist(['all', 'dev', 'dev-server', 'branch-deploy', 'deploy-preview', 'production']),
    value: v.string(),
  }),
]);

/** The command line writes `post_processing`. */
const scope = v.picklist(['builds', 'functions', 'runtime', 'post-processing', 'post_processing']);

export const VariableSchema = v.pipe(
  v.strictObject({
    key: v.pipe(v.string(), v.regex(/^[A-Za-z]\w*$/)),
    is_secret: v.optional(v.boolean()),
    scopes: v.optional(v.array(scope)),
    values: v.pipe(v.array(ValueSchema), v.nonEmpty()),
  }),
  v.check(({ values }) => {
    const contexts = values.map(({ context }) => context);
    return new Set(contexts).size === contexts.length && (!contexts.includes('all') || contexts.length === 1);
  }, 'each context has one value, and `all` stands alone'),
  v.check(
    ({ is_secret, values }) => !is_secret || values.every(({ context }) => !/^(all|dev)/.test(context)),
    'a secret has no value for development',
  ),
  // The free plan has no granular scopes: either all of them, or all that a secret may have.
  v.check(
    ({ is_secret, scopes }) => (scopes?.length ?? (is_secret ? 0 : 4)) === (is_secret ? 3 : 4),
    'granular scopes are not part of the free plan',
  ),
  v.check(
    ({ is_secret, scopes = [] }) => !is_secret || scopes.every((one) => !one.startsWith('post')),
    'a secret cannot be used in post-processing',
  ),
);
export type Variable = v.InferOutput<typeof VariableSchema>;
