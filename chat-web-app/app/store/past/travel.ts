import { ofPresent, withTime } from '../../utils/permalink';
import type { ChatStore } from '../index';
import { setAddress } from '../permalink/address';

/**
 * Shows the chat as it was at a time, or with null as it is. The address follows.
 * @param at ms since the epoch
 */
export function travel(store: ChatStore, at: number | null): void {
  const { search } = window.location;
  setAddress(at === null ? ofPresent(search) : withTime(search, at));
  store.commit('past/moved', at);
}
