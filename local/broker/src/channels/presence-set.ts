import type { WireError } from '../errors.ts';
import { PresenceAction } from '../protocol/actions.ts';
import type { PresenceItem } from './entry.ts';

type MemberKey = Pick<PresenceItem, 'connectionId' | 'clientId'>;

/** The presence set of a channel: one member per clientId and connection. */
export class PresenceSet {
  readonly #members = new Map<string, PresenceItem>();
  readonly #maxMembers: number;
  readonly #full: () => WireError;

  /** @param full returns the error for a member that is one too many */
  constructor(maxMembers: number, full: () => WireError) {
    this.#maxMembers = maxMembers;
    this.#full = full;
  }

  get size(): number {
    return this.#members.size;
  }

  /** Returns the members as SYNC and REST show them, each with the id of its latest event. */
  list(): PresenceItem[] {
    return [...this.#members.values()].map((member) => ({ ...member, action: PresenceAction.PRESENT }));
  }

  of(connectionId: string): PresenceItem[] {
    return [...this.#members.values()].filter((member) => member.connectionId === connectionId);
  }

  /** @throws WireError 91003 if the items would exceed the limit */
  ensureRoomFor(items: readonly PresenceItem[]): void {
    const added = new Set(items.filter(({ action }) => action !== PresenceAction.LEAVE).map(keyOf));
    const total = new Set([...this.#members.keys(), ...added]).size;
    if (added.size > 0 && total > Math.max(this.#maxMembers, this.size)) {
      throw this.#full();
    }
  }

  /** Returns true if the event is the member's latest one. */
  isKnown({ connectionId, clientId, id }: MemberKey & { id: string }): boolean {
    return this.#members.get(keyOf({ connectionId, clientId }))?.id === id;
  }

  /** Applies an event. Returns it as subscribers receive it, or undefined if it changes nothing. */
  apply(item: PresenceItem): PresenceItem | undefined {
    const member = this.#members.get(keyOf(item));
    if (item.action === PresenceAction.LEAVE) {
      this.#members.delete(keyOf(item));
      if (!member) return undefined;
      return item.data === undefined ? { ...item, data: member.data, encoding: member.encoding } : item;
    }
    // An automatic re-enter repeats the id; subscribers would ignore it as not newer.
    if (member?.id === item.id) return undefined;
    this.#members.set(keyOf(item), item);
    return item;
  }
}

/** Unique, because a connectionId contains no colon. */
const keyOf = ({ connectionId, clientId }: MemberKey) => `${connectionId}:${clientId}`;
