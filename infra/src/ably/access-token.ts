/**
 * What the deployment needs of Ably's access token, and when the token expires:
 * https://ably.com/docs/platform/account/access-tokens
 */
import type { Me } from './control-api.ts';

/** Capabilities of the Control API, with their labels in Ably's dashboard. */
export const CAPABILITY_LABELS = {
  'read:app': 'Read App',
  'write:app': 'Write App',
  'read:key': 'Read Key',
  'write:key': 'Write Key',
  // The dashboard gives the label "Rule" to `namespace`, which configures channels.
  'read:rule': 'Read Integration',
  'write:rule': 'Write Integration',
} as const;

/** @throws Error naming each capability that the token lacks, as the dashboard labels it */
export function ensureCapabilities({ token }: Me): void {
  const missing = Object.entries(CAPABILITY_LABELS).filter(([one]) => !token.capabilities.includes(one));
  if (missing.length === 0) return;
  const names = missing.map(([capability, label]) => `"${label}" (${capability})`).join(', ');
  throw new Error(`The Ably access token lacks ${names}: create one that has them.`);
}

const DAY = 86_400_000;

/** Ably mails its first reminder this many days before the expiry. */
const REMINDER_DAYS = 7;

interface Expiry {
  readonly state: 'valid' | 'expiring' | 'expired';
  readonly summary: string;
}

export const ROTATE_TOKEN =
  'Rotate it at https://ably.com/users/access_tokens and put the new value into ABLY_CONTROL_TOKEN.';

/** @param now in ms since the epoch */
export function expiryOf({ token }: Me, now = Date.now()): Expiry {
  if (!token.expires_at) return { state: 'valid', summary: 'never expires' };
  const date = token.expires_at.slice(0, 10);
  const days = Math.floor((Date.parse(token.expires_at) - now) / DAY);
  if (days < 0) return { state: 'expired', summary: `expired on ${date}` };
  const summary = `expires on ${date}, in ${days} ${days === 1 ? 'day' : 'days'}`;
  return { state: days < REMINDER_DAYS ? 'expiring' : 'valid', summary };
}
