import { withMessage, withTime } from '../../utils/permalink';
import type { ChatStore } from '../index';
import { setAddress } from '../permalink/address';

/**
 * Shows a message as it was when it said what the reader looks for: the version that is open, or the
 * first one. It does nothing when the reader no longer looks for it, or it has no such time.
 */
export async function travelTo(store: ChatStore, msgId: string): Promise<void> {
  const { open } = store.state.versions;
  const wanted = open?.msgId === msgId ? open.revision : null;
  const answer = await store.dispatch('versions/read', msgId);
  if (store.state.messages.target?.msgId !== msgId) return;
  const versions = answer?.versions ?? [];
  const version = versions.find(({ revision }) => revision === wanted) ?? versions[0];
  const at = Number(version?.at);
  if (Number.isNaN(new Date(at).getTime())) return;
  setAddress(withTime(withMessage(window.location.search, msgId), at), { isCorrection: true });
  store.commit('past/moved', at);
}
