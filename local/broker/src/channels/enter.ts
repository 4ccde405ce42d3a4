import * as v from 'valibot';
import { actingClientId } from '../auth/authenticate.ts';
import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import { PresenceAction } from '../protocol/actions.ts';
import { payloadSize, toPayload } from '../protocol/data.ts';
import { InboundPresenceSchema } from '../protocol/frames.ts';
import type { Channel } from './channel.ts';
import type { PresenceEvent } from './entry.ts';
import { extrasSize } from './extras.ts';

/** The connection whose members come, change or go. */
export interface Owner {
  connectionId: string;
  identity: string | undefined;
  msgSerial: number;
  /** Its latest event for each member, by channel and clientId. */
  lastSaid: Map<string, PresenceEvent>;
}

/**
 * Applies the enters, updates and leaves of one frame: all or, when any is refused, none.
 * @throws WireError saying what is wrong
 */
export function changePresence(channel: Channel, rawItems: readonly unknown[], owner: Owner): void {
  const { connectionId, msgSerial, lastSaid } = owner;
  const id = `${connectionId}:${msgSerial}`;
  const parsed = rawItems.map((raw, index) => parseItem(raw, owner, `${id}:${index}`));
  const size = parsed.reduce((sum, item) => sum + payloadSize(item) + extrasSize(item.extras), 0);
  if (size > limits.maxMessageSize) {
    throw new WireError(
      Code.tooLarge,
      `Presence data has ${size} bytes; at most ${limits.maxMessageSize} are allowed`,
    );
  }
  if (parsed.length === 0) return;
  const keyOf = ({ clientId }: PresenceEvent) => `${channel.name}\n${clientId}`;
  const items = parsed.map((item) => newerOf(item, lastSaid.get(keyOf(item))));
  channel.announce({ id, connectionId, size }, items);
  for (const item of items) lastSaid.set(keyOf(item), item);
}

function parseItem(raw: unknown, owner: Owner, freshId: string): PresenceEvent {
  const parsed = v.safeParse(InboundPresenceSchema, raw);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new WireError(
      Code.badRequest,
      `Invalid presence item: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}`,
    );
  }
  const { action, id, clientId: claimed, data, encoding, extras } = parsed.output;
  const clientId = actingClientId(owner.identity, claimed);
  if (clientId === undefined) throw new WireError(Code.presenceWithoutClientId, 'Presence needs a clientId');
  return {
    action: action === PresenceAction.PRESENT ? PresenceAction.ENTER : action,
    id: isReentryId(id, owner) ? id : freshId,
    clientId,
    connectionId: owner.connectionId,
    extras,
    ...toPayload(data, encoding),
  };
}

const ID = /^(.+):(\d{1,15}):(\d{1,15})$/;

/**
 * After a resume, clients enter their members again under the ids that these had. Any other id is not believed: whether
 * an event is newer is decided by the numbers in it.
 */
function isReentryId(id: string | undefined, { connectionId, msgSerial }: Owner): id is string {
  const [, owner, serial] = ID.exec(id ?? '') ?? [];
  return owner === connectionId && Number(serial) <= msgSerial;
}

/**
 * A client enters again with what it last heard of itself. When its later update or leave arrived here but the echo was
 * lost with the transport, we know better: the later event stands.
 */
function newerOf(item: PresenceEvent, last: PresenceEvent | undefined): PresenceEvent {
  if (!last) return item;
  const [[serial, index], [lastSerial, lastIndex]] = [numbersIn(item.id), numbersIn(last.id)];
  return lastSerial > serial || (lastSerial === serial && lastIndex > index) ? last : item;
}

function numbersIn(id: string): [msgSerial: number, index: number] {
  const [, , serial, index] = ID.exec(id) ?? [];
  return [Number(serial), Number(index)];
}
