import type { ChatRow } from '@chat/contract';
import type { Clock } from '../clock';
import type { Outgoing, SendEntry } from './entry';
import { createMessageId } from './message-id';
import type { SendingScope } from './state';

/** Returns the function that makes an entry of what a person did. */
export function createEntries({ now }: Pick<Clock, 'now'>) {
  let lastMadeAt = 0;

  /**
   * The server's time, strictly increasing, also over a reload and when a clock is set back: it
   * orders the edits of one author.
   */
  function madeAt({ state, rootState }: SendingScope, row: ChatRow | undefined): number {
    const earlier = state.entries.map(({ name, data }) => (name === 'editedMsg' ? (data.madeAt ?? 0) : 0));
    const editedAt = Number(row?.edited_at_timestamp ?? 0);
    // Any program may write any time into a row.
    if (Number.isSafeInteger(editedAt + 1)) earlier.push(editedAt);
    const least = Math.max(lastMadeAt, ...earlier) + 1;
    lastMadeAt = Math.max(Math.round(now() + rootState.session.clockOffset), least);
    return lastMadeAt;
  }

  /** @param undoLeft s in which a deletion can still be undone */
  return (scope: SendingScope, outgoing: Outgoing, undoLeft: number): SendEntry => {
    const { messages } = scope.rootState;
    const at = now();
    const common = {
      at,
      status: undoLeft > 0 ? ('undoable' as const) : ('pending' as const),
      reason: null,
      undoLeft,
      replaced: [],
      publishedAs: [],
      attempt: 0,
      attemptedAt: 0,
      isAcknowledged: false,
      acknowledged: 0,
      dueAt: 0,
      since: messages.cursor,
    };
    if (outgoing.name !== 'editedMsg') {
      return { ...outgoing, ...common, id: createMessageId(at), baseRevision: 0 };
    }
    const held = messages.timeline.byId.get(outgoing.data.msgIdToEdit);
    const row = held === 'deleted' ? undefined : held;
    const time = madeAt(scope, row);
    // The identities increase as well: edits that Ably receives in one ms, of a page whose clock is
    // ahead of Ably's, have the same time for the write rules, which then compare identities.
    return {
      ...outgoing,
      ...common,
      id: createMessageId(time),
      data: { ...outgoing.data, madeAt: time },
      baseRevision: row?.revision ?? 0,
    };
  };
}
