import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../change.ts';
import { ApiError } from '../http/api-error.ts';
import type {
  AblyApp,
  AblyKey,
  AblyRule,
  Capability,
  ControlApi,
  DesiredKey,
  DesiredRule,
} from './control-api.ts';

/** @throws Error when two apps have this name: app names are not unique at Ably */
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

/** Skips revoked keys. */
export function findKey(keys: readonly AblyKey[], { name }: DesiredKey): AblyKey | undefined {
  return keys.find((key) => key.name === name && key.status === 0);
}

export function keyChange(key: AblyKey | undefined, desired: DesiredKey): Change {
  const what = `key "${desired.name}"`;
  if (!key) return { kind: 'create', what };
  if (!hasCapability(key, desired)) return { kind: 'update', what: `${what}: its capability` };
  return isKeyCurrent(key, desired)
    ? { kind: 'keep', what }
    : { kind: 'update', what: `${what}: revocable tokens` };
}

/** Returns the key with its secret, which the Control API includes in every response. */
export async function ensureKey(api: ControlApi, appId: string, desired: DesiredKey): Promise<AblyKey> {
  const key = findKey(await api.keys(appId), desired);
  if (!key) return api.createKey(appId, desired);
  return isKeyCurrent(key, desired) ? key : api.updateKey(appId, key.id, desired);
}

export function isKeyCurrent(key: AblyKey, desired: DesiredKey): boolean {
  return hasCapability(key, desired) && (key.revocableTokens ?? false) === desired.revocableTokens;
}

function hasCapability(key: AblyKey, desired: DesiredKey): boolean {
  return isDeepStrictEqual(sorted(key.capability), sorted(desired.capability));
}

const sorted = (capability: Capability) =>
  Object.entries(capability)
    .map(([channel, operations]) => [channel, operations.toSorted()] as const)
    .toSorted(([one], [other]) => one.localeCompare(other));

/**
 * Returns the rules that invoke our function, write to our stream or read our channel. At most one
 * of them is current; the others are left over from earlier settings.
 */
export function ourRules(rules: readonly AblyRule[], desired: DesiredRule): AblyRule[] {
  const { functionName, streamName } = desired.target;
  return rules.filter(
    ({ ruleType, source, target }) =>
      ruleType.startsWith('aws/') &&
      (source?.channelFilter === desired.source.channelFilter ||
        (functionName !== undefined && target['functionName'] === functionName) ||
        (streamName !== undefined && target['streamName'] === streamName)),
  );
}

export function isRuleCurrent(rule: AblyRule, desired: DesiredRule): boolean {
  return (
    rule.ruleType === desired.ruleType &&
    rule.status === desired.status &&
    isDeepStrictEqual(rule.source, desired.source) &&
    // Ably adds fields to a target and omits credentials, so only the desired fields are compared.
    Object.entries(desired.target).every(([name, value]) => isDeepStrictEqual(rule.target[name], value))
  );
}

export function ruleChange(rules: readonly AblyRule[], desired: DesiredRule): Change {
  const ours = ourRules(rules, desired);
  const what = `rule ${desired.source.channelFilter} → ${desired.ruleType}`;
  if (!ours.some(({ ruleType }) => ruleType === desired.ruleType)) return { kind: 'create', what };
  const [only, ...others] = ours;
  return only && others.length === 0 && isRuleCurrent(only, desired)
    ? { kind: 'keep', what }
    : { kind: 'update', what };
}

/** Deletes outdated rules only after the desired one is active, so that no message is missed. */
export async function ensureRule(api: ControlApi, appId: string, desired: DesiredRule): Promise<AblyRule> {
  const ours = ourRules(await api.rules(appId), desired);
  const existing = ours.find(({ ruleType }) => ruleType === desired.ruleType);
  const rule = await createOrUpdateRule(api, appId, existing, desired);
  for (const { id } of ours) if (id !== rule.id) await deleteIfExists(() => api.deleteRule(appId, id));
  return rule;
}

function createOrUpdateRule(
  api: ControlApi,
  appId: string,
  existing: AblyRule | undefined,
  desired: DesiredRule,
): Promise<AblyRule> {
  if (!existing) return api.createRule(appId, desired);
  return isRuleCurrent(existing, desired)
    ? Promise.resolve(existing)
    : api.updateRule(appId, existing.id, desired);
}

/** Treats 404 as success. */
export async function deleteIfExists(remove: () => Promise<unknown>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
}
