import { noticeReturn, rememberVisit } from './away/last-visit';
import { noticeAbsence } from './away/reactions';
import { connect } from './connection/connect';
import { endBackOnline } from './connection/reactions';
import { persistDrafts } from './drafts/reactions';
import type { ChatStore } from './index';
import type { ChatApi } from './modules';
import { moveCursor, retryReading } from './messages/reactions';
import { collectNames } from './names/reactions';
import { followTime, showInThePast } from './past/reactions';
import { showLinkedMessage } from './permalink/reactions';
import { enterPresence, showCrowd } from './presence/reactions';
import { trackReading } from './reading/reactions';
import { driveSendQueue, endUndoOnLeave } from './sending/reactions';
import { repeatUnconfirmed } from './sending/repeat';
import { followIdentity, offerIdentities } from './session/reactions';
import { traceNewestMessage } from './trace/reactions';
import { closeVersionsOnChange } from './versions/reactions';

/** What modules do in answer to each other, for as long as the store exists. */
const reactions = [
  enterPresence,
  showCrowd,
  driveSendQueue,
  endUndoOnLeave,
  repeatUnconfirmed,
  endBackOnline,
  persistDrafts,
  trackReading,
  noticeAbsence,
  noticeReturn,
  rememberVisit,
  traceNewestMessage,
  retryReading,
  moveCursor,
  followIdentity,
  offerIdentities,
  closeVersionsOnChange,
  showLinkedMessage,
  followTime,
  showInThePast,
];

/**
 * Restores what the tab stored before a reload, then reads history and connects at the same time.
 * Resolves once the realtime client is opened and the first page of history was read (or failed).
 */
export async function startChat(store: ChatStore, api: ChatApi): Promise<void> {
  collectNames(store);
  for (const restore of ['session/restore', 'sending/restore', 'drafts/restore'] as const) {
    await store.dispatch(restore);
  }
  for (const react of reactions) react(store, api);
  const history = store.dispatch('messages/catchUp');
  await connect(store, api);
  await history;
}
