import type { SearchMatch } from '@chat/contract';
import { ofPresent, withMessage } from '../../utils/permalink';
import type { ChatStore } from '../index';
import { setAddress } from '../permalink/address';

/** Leads the reader to a message in its place, with its versions open at an older one that matched. */
export async function openMatch(store: ChatStore, { row, revision }: SearchMatch): Promise<void> {
  const { msg_id: msgId } = row;
  setAddress(withMessage(ofPresent(window.location.search), msgId));
  store.commit('past/moved', null);
  if (revision < row.revision) store.commit('versions/opened', { msgId, revision });
  else store.commit('versions/closed');
  await store.dispatch('messages/show', msgId);
}
