import { computed } from 'vue';
import { strings } from '../../strings';
import { useConnection } from '../connection/useConnection';
import { appended } from '../drafts/useEditing';
import { useChatStore } from '../key';
import { isWithdrawable, targetOf } from './entry';
import type { SendEntry } from './entry';

/** What an entry of the send queue says, and what its author can do with it. */
export function usePending(entry: () => SendEntry) {
  const store = useChatStore();
  const { connection } = useConnection();
  const id = () => entry().id;

  return {
    text: computed(() => toText(entry(), connection.value.status === 'live')),
    isWithdrawable: computed(() => isWithdrawable(entry())),
    retry: () => store.dispatch('sending/retry', id()),
    remove: () => store.commit('sending/removed', [id()]),
    pauseUndo: (paused: boolean) => store.commit('sending/undoPaused', { id: id(), paused }),
    /** Takes the text out of the queue: back into the composer, or into the message's editor. */
    editAgain(): void {
      const { name, data } = entry();
      if (name === 'deletedMsg') return;
      if (name === 'chatMsg') {
        store.commit('drafts/composerTyped', appended(store.state.drafts.composer, data.content));
      } else {
        const msgId = targetOf(entry());
        const row = store.state.messages.timeline.byId.get(msgId);
        const base = row && row !== 'deleted' ? (row.msg_data ?? '') : '';
        store.commit('drafts/editOpened', { msgId, text: data.content, base });
      }
      store.commit('sending/removed', [id()]);
    },
  };
}

function toText({ name, status, reason, attempt, acknowledged }: SendEntry, isLive: boolean): string {
  const words = strings.pending[name];
  switch (status) {
    case 'undoable':
      return strings.message.deleted;
    case 'pending':
      if (!isLive) return words.offline;
      return reason ?? (attempt > 1 ? words.again : words.publishing);
    case 'publishing':
      return attempt > 1 ? words.again : words.publishing;
    case 'acknowledged':
      return acknowledged > 1 ? words.acknowledgedAgain : words.acknowledged;
    case 'overdue':
      return words.overdue;
    case 'failed':
      return strings.pending.failedWith(words.failed, reason);
    default:
      return status satisfies never;
  }
}
