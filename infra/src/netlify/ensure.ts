import { createHash } from 'node:crypto';
import type { Change } from '../deploy/change.ts';
import { ApiError } from '../http/api-error.ts';
import { NETLIFY_ENV } from '../names.ts';
import type { NetlifyApi, Site, Team, Variable, VariableWish } from './netlify-api.ts';

/** The team that owns the site: the one that is named, or the only one there is. */
export async function findTeam(api: NetlifyApi, slug: string | undefined): Promise<Team> {
  const teams = await api.teams();
  const [team, ...others] = slug ? teams.filter((one) => one.slug === slug) : teams;
  const slugs = teams.map((one) => one.slug).join(', ') || 'none';
  if (!team)
    throw new Error(`Netlify has no team ${slug ?? ''} for this token; it has: ${slugs}. See NETLIFY_TEAM.`);
  if (others.length > 0)
    throw new Error(`This token of Netlify has several teams (${slugs}): set NETLIFY_TEAM to one.`);
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
      `Netlify did not take the name ${name}: somebody else may have it. Set SITE_NAME to another.`,
      {
        cause: error,
      },
    );
  }
}

/** The address that people open. */
export const siteUrl = (site: Site): string => site.ssl_url ?? site.url ?? `https://${site.name}.netlify.app`;

const SECRETS: ReadonlySet<string> = new Set([
  NETLIFY_ENV.ABLY_API_KEY,
  NETLIFY_ENV.IDENTITY_SECRET,
  NETLIFY_ENV.HISTORY_SECRET,
]);

/** Netlify never shows a secret again. Each is long and random, so a hash tells whether it changed and nothing else. */
const FINGERPRINT = 'DEPLOYED_SECRETS';

/** A secret may not be for the context "dev", nor for post-processing; free plans accept just these scopes. */
const SECRET_SCOPES = ['builds', 'functions', 'runtime'];
const SECRET_CONTEXTS = ['production', 'deploy-preview', 'branch-deploy'];

export function variableWishes(values: Readonly<Record<string, string>>): VariableWish[] {
  const secrets = Object.entries(values).filter(([key]) => SECRETS.has(key));
  const fingerprint = createHash('sha256')
    .update(JSON.stringify(secrets.toSorted()))
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

/** What of it is not there yet, and what is there with another value. */
export function variableDifference(existing: readonly Variable[], wishes: readonly VariableWish[]) {
  const byKey = new Map(existing.map((variable) => [variable.key, variable]));
  const secretsAreCurrent =
    valueOf(byKey.get(FINGERPRINT)) === valueOf(wishes.find(({ key }) => key === FINGERPRINT));
  const missing = wishes.filter(({ key }) => !byKey.has(key));
  const changed = wishes.filter((wish) => {
    const variable = byKey.get(wish.key);
    if (!variable) return false;
    return wish.is_secret ? !secretsAreCurrent || !variable.is_secret : valueOf(variable) !== valueOf(wish);
  });
  return { missing, changed };
}

export function variablesChange(existing: readonly Variable[], wishes: readonly VariableWish[]): Change {
  const { missing, changed } = variableDifference(existing, wishes);
  const keys = [...missing, ...changed].map(({ key }) => key);
  if (keys.length === 0) return { kind: 'keep', what: 'variables of the functions' };
  return { kind: missing.length > 0 ? 'create' : 'update', what: `variables: ${keys.join(', ')}` };
}

/** The fingerprint is written last: if the way there is cut, the secrets are written again. */
export async function ensureVariables(
  api: NetlifyApi,
  team: Team,
  site: Site,
  wishes: readonly VariableWish[],
): Promise<{ written: string[] }> {
  const { missing, changed } = variableDifference(await api.variables(team.id, site.id), wishes);
  const isFingerprint = ({ key }: VariableWish) => key === FINGERPRINT;
  const first = missing.filter((wish) => !isFingerprint(wish));
  if (first.length > 0) await api.createVariables(team.id, site.id, first);
  for (const wish of changed.filter((one) => !isFingerprint(one)))
    await api.updateVariable(team.id, site.id, wish);
  for (const wish of missing.filter(isFingerprint)) await api.createVariables(team.id, site.id, [wish]);
  for (const wish of changed.filter(isFingerprint)) await api.updateVariable(team.id, site.id, wish);
  return { written: [...missing, ...changed].map(({ key }) => key) };
}

const valueOf = (variable: { values: readonly { value: string }[] } | undefined): string | undefined =>
  variable?.values[0]?.value;
