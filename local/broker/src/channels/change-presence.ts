import * as v from 'valibot';
import { actingClientId } from '../auth/client-id.ts';
import { Code, WireError } from '../errors.ts';
import { PresenceAction } from '../protocol/actions.ts';
import { payloadSize, toPayload } from '../protocol/data.ts';
import { extrasSize, parsePresenceExtras } from '../protocol/extras.ts';
import { InboundPresenceSchema } from '../protocol/frames.ts';
import type { Channel } from './channel.ts';
import type { PresenceEvent } from './entry.ts';

/** The connection whose members enter, update or leave. */
export interface MemberOwner {
  connectionId: string;
  identity: string | undefined;
  msgSerial: number;
  /** The latest event of each of its members, by channel and clientId. */
  latestPresence: Map<string, PresenceEvent>;
}

/**
 * Applies the enters, updates and leaves of one frame: all of them or, if one is invalid, none.
 * @throws WireError
 */
export function changePresence(channel: Channel, rawItems: readonly unknown[], owner: MemberOwner): void {
  const { connectionId, msgSerial, latestPresence } = owner;
  const id = `${connectionId}:${msgSerial}`;
  const parsed = rawItems.map((raw, index) => parseItem(raw, owner, `${id}:${index}`));
  const size = parsed.reduce((sum, item) => sum + payloadSize(item) + extrasSize(item.extras), 0);
  const { account } = channel;
  if (size > account.plan.messageSize) {
    throw account.exceeded('messageSize', `channel:${channel.name}`, size);
  }
  if (parsed.length === 0) return;
  const keyOf = ({ clientId }: PresenceEvent) => `${channel.name}\n${clientId}`;
  const items = parsed.map((item) => newerOf(item, latestPresence.get(keyOf(item))));
  // A re-entry that changes nothing reaches no subscriber, so it counts as no message.
  const changes = items.filter((item) => !channel.presence.isKnown(item)).length;
  if (changes > 0) channel.admit(changes);
  channel.announce({ id, connectionId, size }, items);
  for (const item of items) latestPresence.set(keyOf(item), item);
}

function parseItem(raw: unknown, owner: MemberOwner, newId: string): PresenceEvent {
  const parsed = v.safeParse(InboundPresenceSchema, raw);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const path = v.getDotPath(issue) ?? 'it';
    throw new WireError(Code.badRequest, `Invalid presence item: ${path}: ${issue.message}`);
  }
  const { action, id, clientId: claimed, data, encoding, extras } = parsed.output;
  const clientId = actingClientId(owner.identity, claimed);
  if (clientId === undefined) throw new WireError(Code.presenceWithoutClientId, 'Presence needs a clientId');
  return {
    action: action === PresenceAction.PRESENT ? PresenceAction.ENTER : action,
    id: isReentryId(id, owner) ? id : newId,
    clientId,
    connectionId: owner.connectionId,
    extras: parsePresenceExtras(extras),
    ...toPayload(data, encoding),
  };
}

const ID = /^(.+):(\d{1,15}):(\d{1,15})$/;

/**
 * After a resume, clients re-enter their members under the members' ids. Any other id is replaced:
 * the numbers in it decide which of two events is newer, so a forged id could suppress later
 * events.
 */
function isReentryId(id: string | undefined, { connectionId, msgSerial }: MemberOwner): id is string {
  const [, owner, serial] = ID.exec(id ?? '') ?? [];
  return owner === connectionId && Number(serial) <= msgSerial;
}

/**
 * A client re-enters with the last event that it received back. If the broker processed a later
 * update or leave whose echo was lost with the transport, the later event wins.
 */
function newerOf(item: PresenceEvent, latest: PresenceEvent | undefined): PresenceEvent {
  if (!latest) return item;
  const [[serial, index], [latestSerial, latestIndex]] = [numbersIn(item.id), numbersIn(latest.id)];
  return latestSerial > serial || (latestSerial === serial && latestIndex > index) ? latest : item;
}

function numbersIn(id: string): [msgSerial: number, index: number] {
  const [, , serial, index] = ID.exec(id) ?? [];
  return [Number(serial), Number(index)];
}
