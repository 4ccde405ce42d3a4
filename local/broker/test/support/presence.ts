import type * as Ably from 'ably';
import { Action, PresenceAction } from '../../src/protocol/actions.ts';
import type { Frame, RawClient } from './raw-client.ts';

/** Collects the presence events of a channel as `action clientId data`. */
export async function collectPresence(channel: Ably.RealtimeChannel): Promise<string[]> {
  const events: string[] = [];
  await channel.presence.subscribe(({ action, clientId, data }) =>
    events.push(`${action} ${clientId} ${JSON.stringify(data)}`),
  );
  return events;
}

export const names = (members: Ably.PresenceMessage[]) => members.map(({ clientId }) => clientId).sort();

let msgSerial = 0;

/** Returns increasing msgSerials. */
export const nextSerial = () => msgSerial++;

/** Enters a channel and returns the ACK. */
export async function enter(client: RawClient, channel: string, item: object = {}): Promise<Frame> {
  const presence = [{ action: PresenceAction.ENTER, ...item }];
  client.send({ action: Action.PRESENCE, channel, msgSerial: nextSerial(), presence });
  return client.next(Action.ACK);
}
