import type { TabStorage } from './tab-storage';

/**
 * The tab's identity as a request header, once there is one: a deployment may let only people whom
 * it knows read. Without it, `authorize` of the site's functions decides about an anonymous reader.
 */
export function identityHeader(tab: Pick<TabStorage, 'read'>): Record<string, string> {
  const identity = tab.read('identity');
  return identity === undefined ? {} : { authorization: `Bearer ${identity}` };
}
