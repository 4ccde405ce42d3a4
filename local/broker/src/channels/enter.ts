import * as v from 'valibot';
import { actingClientId } from '../auth/authenticate.ts';
import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';
import { PresenceAction } from '../protocol/actions.ts';
import { payloadSize, toPayload } from '../protocol/data.ts';
import { InboundPresenceSchema } from '../protocol/frames.ts';
import type { Channel } from './channel.ts';
import type { PresenceItem } from './entry.ts';
import { extrasSize } from './extras.ts';

/** The connection whose members come, change or go. */
export interface Owner {
  connectionId: string;
  identity: string | undefined;
  msgSerial: number;
}

/**
 * Applies the enters, updates and leaves of one frame: all or, when any is refused, none.
 * @throws WireError saying what is wrong
 */
export function changePresence(channel: Channel, rawItems: readonly unknown[], owner: Owner): void {
  const { connectionId, msgSerial } = owner;
  const id = `${connectionId}:${msgSerial}`;
  const items = rawItems.map((raw, index) => parseItem(raw, owner, `${id}:${index}`));
  const size = items.reduce((sum, item) => sum + payloadSize(item) + extrasSize(item.extras), 0);
  if (size > limits.maxMessageSize) {
    throw new WireError(
      Code.tooLarge,
      `Presence data has ${size} bytes; at most ${limits.maxMessageSize} are allowed`,
    );
  }
  if (items.length > 0) channel.announce({ id, connectionId }, items);
}

function parseItem(raw: unknown, owner: Owner, freshId: string): Omit<PresenceItem, 'timestamp'> {
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

/**
 * After a resume, clients enter their members again under the ids that these had. Any other id is not believed: whether
 * an event is newer is decided by the numbers in it.
 */
function isReentryId(id: string | undefined, { connectionId, msgSerial }: Owner): id is string {
  const [, owner, serial] = /^([^:]+):(\d{1,15}):\d{1,15}$/.exec(id ?? '') ?? [];
  return owner === connectionId && Number(serial) <= msgSerial;
}
