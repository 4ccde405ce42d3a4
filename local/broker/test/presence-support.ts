import type * as Ably from 'ably';
import type { RawClient } from './support.ts';

/** Presence actions on the wire. */
export const ENTER = 2;
export const LEAVE = 3;
export const UPDATE = 4;

/** Collects the presence events of a channel as `action clientId data`. */
export async function events(channel: Ably.RealtimeChannel): Promise<string[]> {
  const seen: string[] = [];
  await channel.presence.subscribe(({ action, clientId, data }) =>
    seen.push(`${action} ${clientId} ${JSON.stringify(data)}`),
  );
  return seen;
}

export const names = (members: Ably.PresenceMessage[]) => members.map(({ clientId }) => clientId).sort();

let serial = 0;

/** The next msgSerial, ever greater. */
export const nextSerial = () => serial++;

/** Enters, and waits until that is acknowledged. */
export async function enter(client: RawClient, channel: string, item: object = {}) {
  client.send({ action: 14, channel, msgSerial: nextSerial(), presence: [{ action: ENTER, ...item }] });
  return client.next(1);
}
