import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../deploy/change.ts';
import { ApiError } from '../http/api-error.ts';
import type { AblyApp, AblyKey, AblyRule, Capability, ControlApi, KeyWish, RuleWish } from './control-api.ts';

/** Finds the app by its name; names are not unique at Ably, so two are a question for a person. */
export async function findApp(
  api: ControlApi,
  accountId: string,
  name: string,
): Promise<AblyApp | undefined> {
  const found = (await api.apps(accountId)).filter((app) => app.name === name);
  if (found.length > 1) {
    const ids = found.map(({ id }) => id).join(', ');
    throw new Error(`Ably has ${found.length} apps called ${name} (${ids}): rename or delete all but one.`);
  }
  return found[0];
}

export function appChange(app: AblyApp | undefined, name: string): Change {
  if (!app) return { kind: 'create', what: `app ${name}` };
  return app.tlsOnly
    ? { kind: 'keep', what: `app ${name}` }
    : { kind: 'update', what: `app ${name}: TLS only` };
}

export async function ensureApp(api: ControlApi, accountId: string, name: string): Promise<AblyApp> {
  const app = await findApp(api, accountId, name);
  if (!app) return api.createApp(accountId, { name, tlsOnly: true });
  return app.tlsOnly ? app : api.updateApp(app.id, { tlsOnly: true });
}

export function findKey(keys: readonly AblyKey[], { name }: KeyWish): AblyKey | undefined {
  return keys.find((key) => key.name === name && key.status === 0);
}

export function keyChange(key: AblyKey | undefined, wish: KeyWish): Change {
  const what = `key "${wish.name}"`;
  if (!key) return { kind: 'create', what };
  return hasCapability(key, wish)
    ? { kind: 'keep', what }
    : { kind: 'update', what: `${what}: its capability` };
}

/** @returns the key with its secret, which Ably shows as often as it is asked */
export async function ensureKey(api: ControlApi, appId: string, wish: KeyWish): Promise<AblyKey> {
  const key = findKey(await api.keys(appId), wish);
  if (!key) return api.createKey(appId, wish);
  return hasCapability(key, wish) ? key : api.updateKey(appId, key.id, wish);
}

export function hasCapability(key: AblyKey, wish: KeyWish): boolean {
  return isDeepStrictEqual(sorted(key.capability), sorted(wish.capability));
}

const sorted = (capability: Capability) =>
  Object.entries(capability)
    .map(([channel, operations]) => [channel, operations.toSorted()] as const)
    .toSorted(([one], [other]) => one.localeCompare(other));

/** The rules that feed our function or stream, or take from our channel: one is right, the others are of an earlier setting. */
export function ourRules(rules: readonly AblyRule[], wish: RuleWish): AblyRule[] {
  const { functionName, streamName } = wish.target;
  return rules.filter(
    ({ ruleType, source, target }) =>
      ruleType.startsWith('aws/') &&
      (source?.channelFilter === wish.source.channelFilter ||
        (functionName !== undefined && target['functionName'] === functionName) ||
        (streamName !== undefined && target['streamName'] === streamName)),
  );
}

export function isAsWished(rule: AblyRule, wish: RuleWish): boolean {
  return (
    rule.ruleType === wish.ruleType &&
    rule.status === wish.status &&
    isDeepStrictEqual(rule.source, wish.source) &&
    // Ably's answer has more in it than was sent, and a role's credentials not at all.
    Object.entries(wish.target).every(([name, value]) => isDeepStrictEqual(rule.target[name], value))
  );
}

export function ruleChange(rules: readonly AblyRule[], wish: RuleWish): Change {
  const ours = ourRules(rules, wish);
  const what = `rule ${wish.source.channelFilter} → ${wish.ruleType}`;
  if (!ours.some(({ ruleType }) => ruleType === wish.ruleType)) return { kind: 'create', what };
  const [only, ...others] = ours;
  return only && others.length === 0 && isAsWished(only, wish)
    ? { kind: 'keep', what }
    : { kind: 'update', what };
}

/** One rule as wished; those of an earlier setting go only after it is in force, so that no message is missed. */
export async function ensureRule(api: ControlApi, appId: string, wish: RuleWish): Promise<AblyRule> {
  const ours = ourRules(await api.rules(appId), wish);
  const existing = ours.find(({ ruleType }) => ruleType === wish.ruleType);
  const rule = await bring(api, appId, existing, wish);
  for (const { id } of ours) if (id !== rule.id) await deleteIfThere(() => api.deleteRule(appId, id));
  return rule;
}

function bring(
  api: ControlApi,
  appId: string,
  existing: AblyRule | undefined,
  wish: RuleWish,
): Promise<AblyRule> {
  if (!existing) return api.createRule(appId, wish);
  return isAsWished(existing, wish) ? Promise.resolve(existing) : api.updateRule(appId, existing.id, wish);
}

/** What is gone already is what was wanted. */
export async function deleteIfThere(remove: () => Promise<unknown>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
}
