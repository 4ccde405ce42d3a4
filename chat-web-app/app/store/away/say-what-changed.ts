import type { LastVisit } from '../../api/last-visit';
import type { ChatStore } from '../index';
import type { ChatApi } from '../modules';
import { unseenOf } from './changes';

/** Reads what changed since the last visit, and says so if more than new messages did. */
export async function sayWhatChanged(
  store: ChatStore,
  last: LastVisit,
  readChanges: ChatApi['readChanges'],
): Promise<void> {
  try {
    const { changes } = await readChanges(last.cursor); // none when there were too many
    const deleted = new Set(last.deleted);
    const unseen = unseenOf(changes, { ...last, deleted, clientId: store.state.session.clientId });
    // New messages alone are no surprise to a reader who opens a chat.
    if (unseen.some(({ kind }) => kind !== 'new'))
      store.commit('away/returned', { changes: unseen, isMore: false });
  } catch (error) {
    console.info('Reading what changed since the last visit failed.', error);
  }
}
