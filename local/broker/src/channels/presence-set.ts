import { Code, WireError } from '../errors.ts';
import { PresenceAction } from '../protocol/actions.ts';
import type { PresenceItem } from './entry.ts';

/** Who is present: one member for each clientId on each connection. */
export class PresenceSet {
  readonly #members = new Map<string, PresenceItem>();
  readonly #maxMembers: number;

  constructor(maxMembers: number) {
    this.#maxMembers = maxMembers;
  }

  get size(): number {
    return this.#members.size;
  }

  /** As sync frames and REST show them: each with the id of its own last event. */
  list(): PresenceItem[] {
    return [...this.#members.values()].map((member) => ({ ...member, action: PresenceAction.PRESENT }));
  }

  of(connectionId: string): PresenceItem[] {
    return [...this.#members.values()].filter((member) => member.connectionId === connectionId);
  }

  get(item: { connectionId: string; clientId: string }): PresenceItem | undefined {
    return this.#members.get(keyOf(item));
  }

  /** @throws WireError 91003 when these would be too many; nothing is changed then */
  ensureRoomFor(items: readonly PresenceItem[]): void {
    const added = new Set(items.filter(({ action }) => action !== PresenceAction.LEAVE).map(keyOf));
    const total = new Set([...this.#members.keys(), ...added]).size;
    if (added.size > 0 && total > Math.max(this.#maxMembers, this.size)) {
      throw new WireError(Code.tooManyMembers, `A channel holds at most ${this.#maxMembers} members`);
    }
  }

  /**
   * Applies an event.
   * @returns the event as others should see it; undefined when it changes nothing and none should
   */
  apply(item: PresenceItem): PresenceItem | undefined {
    const held = this.#members.get(keyOf(item));
    if (item.action === PresenceAction.LEAVE) {
      this.#members.delete(keyOf(item));
      if (!held) return undefined;
      return item.data === undefined ? { ...item, data: held.data, encoding: held.encoding } : item;
    }
    // An automatic re-enter repeats the id; readers would find the event no newer than what they hold.
    if (held?.id === item.id) return undefined;
    this.#members.set(keyOf(item), item);
    return item;
  }
}

/** connectionIds hold no colon, so that the pair is unique. */
const keyOf = ({ connectionId, clientId }: { connectionId: string; clientId: string }) =>
  `${connectionId}:${clientId}`;
