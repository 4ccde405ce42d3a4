import { createHash } from 'node:crypto';
import type { Change } from '../change.ts';
import { ApiError } from '../http/api-error.ts';
import { NETLIFY_ENV } from '../names.ts';
import type { NetlifyApi, Site, Team, Variable, DesiredVariable } from './netlify-api.ts';

/** Returns the team with this slug, or the token's only team. */
export async function findTeam(api: NetlifyApi, slug: string | undefined): Promise<Team> {
  const teams = await api.teams();
  const [team, ...others] = slug ? teams.filter((one) => one.slug === slug) : teams;
  const slugs = teams.map((one) => one.slug).join(', ') || 'none';
  if (!team)
    throw new Error(`The Netlify token has no team ${slug ?? ''}, only: ${slugs}. Correct NETLIFY_TEAM.`);
  if (others.length > 0)
    throw new Error(
      `The Netlify token belongs to several teams (${slugs}): set NETLIFY_TEAM to one of them.`,
    );
  return team;
}

export async function findSite(api: NetlifyApi, name: string): Promise<Site | undefined> {
  return (await api.sites(name)).find((site) => site.name === name);
}

export async function ensureSite(api: NetlifyApi, team: Team, name: string): Promise<Site> {
  const site = await findSite(api, name);
  if (site) return site;
  try {
    return await api.createSite(team.slug, name);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 422)) throw error;
    throw new Error(
      `Netlify rejected the site name ${name}; another customer may own it. Set SITE_NAME to another.`,
      { cause: error },
    );
  }
}

export const siteUrl = (site: Site): string => site.ssl_url ?? site.url ?? `https://${site.name}.netlify.app`;

const SECRETS: ReadonlySet<string> = new Set([
  NETLIFY_ENV.ABLY_API_KEY,
  NETLIFY_ENV.IDENTITY_SECRET,
  NETLIFY_ENV.IDENTITY_SECRET_PREVIOUS,
  NETLIFY_ENV.HISTORY_SECRET,
]);

/**
 * Netlify's API never returns a secret. This variable stores a hash of all secrets and their
 * contexts, so that a deployment can detect a change. The secrets are long and random, so the hash
 * reveals nothing else.
 */
const FINGERPRINT = 'DEPLOYED_SECRETS';

/** Netlify rejects secrets in post-processing; free plans accept exactly these scopes. */
const SECRET_SCOPES = ['builds', 'functions', 'runtime'];

/** Previews get no secret: their code has not been merged, and would act on production. */
const SECRET_CONTEXTS = ['production'];

export function desiredVariables(values: Readonly<Record<string, string>>): DesiredVariable[] {
  const secrets = Object.entries(values).filter(([key]) => SECRETS.has(key));
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([SECRET_CONTEXTS, secrets.toSorted()]))
    .digest('hex')
    .slice(0, 32);
  return Object.entries({ ...values, [FINGERPRINT]: fingerprint }).map(([key, value]) =>
    SECRETS.has(key)
      ? {
          key,
          is_secret: true,
          scopes: SECRET_SCOPES,
          values: SECRET_CONTEXTS.map((context) => ({ context, value })),
        }
      : { key, is_secret: false, values: [{ context: 'all', value }] },
  );
}

/** Returns the variables that do not exist yet, and those with another value. */
function variableDifference(existing: readonly Variable[], desired: readonly DesiredVariable[]) {
  const byKey = new Map(existing.map((variable) => [variable.key, variable]));
  const secretsAreCurrent =
    valueOf(byKey.get(FINGERPRINT)) === valueOf(desired.find(({ key }) => key === FINGERPRINT));
  const missing = desired.filter(({ key }) => !byKey.has(key));
  const changed = desired.filter((wanted) => {
    const variable = byKey.get(wanted.key);
    if (!variable) return false;
    return wanted.is_secret
      ? !secretsAreCurrent || !variable.is_secret
      : valueOf(variable) !== valueOf(wanted);
  });
  return { missing, changed };
}

export function variablesChange(existing: readonly Variable[], desired: readonly DesiredVariable[]): Change {
  const { missing, changed } = variableDifference(existing, desired);
  const keys = [...missing, ...changed].map(({ key }) => key);
  if (keys.length === 0) return { kind: 'keep', what: 'variables of the functions' };
  return { kind: missing.length > 0 ? 'create' : 'update', what: `variables: ${keys.join(', ')}` };
}

/**
 * Writes the fingerprint last: after an interruption, the next deployment writes all secrets again.
 */
export async function ensureVariables(
  api: NetlifyApi,
  team: Team,
  site: Site,
  desired: readonly DesiredVariable[],
): Promise<{ written: string[] }> {
  const { missing, changed } = variableDifference(await api.variables(team.id, site.id), desired);
  const isFingerprint = ({ key }: DesiredVariable) => key === FINGERPRINT;
  const values = missing.filter((variable) => !isFingerprint(variable));
  if (values.length > 0) await api.createVariables(team.id, site.id, values);
  for (const variable of changed.filter((one) => !isFingerprint(one)))
    await api.updateVariable(team.id, site.id, variable);
  for (const variable of missing.filter(isFingerprint))
    await api.createVariables(team.id, site.id, [variable]);
  for (const variable of changed.filter(isFingerprint)) await api.updateVariable(team.id, site.id, variable);
  return { written: [...missing, ...changed].map(({ key }) => key) };
}

const valueOf = (variable: { values: readonly { value: string }[] } | undefined): string | undefined =>
  variable?.values[0]?.value;
