import type { ReadVersions } from '../versions/module';
import type { MessagesState, Target } from './state';

/** Most pages of older messages that are read to find one. */
const MAX_PAGES = 20;

interface Finding {
  state: MessagesState;
  readVersions: ReadVersions;
  /** Resolves also after a failure, which `state.history` then shows. */
  readOlder: () => Promise<void>;
  /** Whether the reader still looks for this message. */
  isWanted: () => boolean;
}

/** Extends the range of the list until it contains a message that exists. */
export async function findMessage(msgId: string, finding: Finding): Promise<Target['status']> {
  const { state, readVersions, readOlder, isWanted } = finding;
  if (hasFailed(state)) return 'failed';
  if (state.timeline.byId.get(msgId) === 'deleted') return 'gone';
  if (await isMissing(msgId, readVersions)) return 'gone';
  for (let page = 1; page <= MAX_PAGES && state.older !== null && isWanted(); page += 1) {
    await readOlder();
    if (state.timeline.indexOf(msgId) >= 0) return 'found';
    if (hasFailed(state)) return 'failed';
  }
  return state.older === null ? 'gone' : 'tooFar';
}

/** Another read may have begun already, so `loading` is no failure. */
function hasFailed({ history }: MessagesState): boolean {
  return history === 'failed' || history === 'forbidden';
}

/** One request, instead of reading the whole history in vain. */
async function isMissing(msgId: string, readVersions: ReadVersions): Promise<boolean> {
  try {
    return (await readVersions(msgId)) === null;
  } catch (error) {
    console.info(`Whether message ${msgId} exists is not known; the page looks for it.`, error);
    return false;
  }
}
