import { MAX_HISTORY_LIMIT } from '@chat/contract';
import type { MessageVersions, PastPage } from '@chat/contract';
import type { PastRequest } from '../../api/archive';
import { RequestFailed } from '../../api/request-json';
import { wait } from '../clock';
import type { Clock } from '../clock';
import { asDeleted, toTranscript } from './conversation';
import type { Conversation, TranscriptMessage } from './conversation';

/** Most messages of a transcript, the newest ones. */
export const MAX_MESSAGES = 10_000;

/** ms between requests. Netlify permits 300 requests of the history a minute. */
const INTERVAL = 250;
/** ms after which a request is repeated that was one too many: the minute over which they count. */
const AFTER_LIMIT = 60_000;
const TOO_MANY_REQUESTS = 429;

export interface Reading {
  /** ms since the epoch */
  at: number;
  withVersions: boolean;
  readPast: (request: PastRequest) => Promise<PastPage>;
  readVersions: (msgId: string) => Promise<MessageVersions | null>;
  clock: Clock;
  signal: AbortSignal;
  /** Messages read so far; then versions of so many messages, of all that have some. */
  onProgress: (progress: { messages: number; versions?: number; edited?: number }) => void;
}

/**
 * Reads the chat as it was at a time, in pages.
 * @throws the reason of `signal` once it is aborted
 */
export async function readConversation(reading: Reading): Promise<Conversation> {
  const { at, withVersions, readPast, onProgress } = reading;
  const paced = pacing(reading);
  const newestFirst: TranscriptMessage[] = [];
  let before: string | undefined;
  do {
    const page: PastPage = await paced(() => readPast({ at, limit: MAX_HISTORY_LIMIT, before }));
    newestFirst.push(...page.rows.map(toTranscript));
    before = page.next ?? undefined;
    onProgress({ messages: newestFirst.length });
  } while (before !== undefined && newestFirst.length < MAX_MESSAGES);
  const messages = newestFirst.slice(0, MAX_MESSAGES).reverse();
  const isComplete = before === undefined;
  return { at, messages: withVersions ? await addVersions(messages, reading, paced) : messages, isComplete };
}

/** Those of edited messages only, one request each. */
async function addVersions(
  messages: readonly TranscriptMessage[],
  { readVersions, onProgress }: Reading,
  paced: <Answer>(read: () => Promise<Answer>) => Promise<Answer>,
): Promise<TranscriptMessage[]> {
  const edited = messages.filter(({ revision, isDeleted }) => revision > 1 && !isDeleted).length;
  const result: TranscriptMessage[] = [];
  let versions = 0;
  for (const message of messages) {
    if (message.revision === 1 || message.isDeleted) {
      result.push(message);
      continue;
    }
    const answer = await paced(() => readVersions(message.id));
    result.push(answer ? withVersions(message, answer) : asDeleted(message));
    versions += 1;
    onProgress({ messages: messages.length, versions, edited });
  }
  return result;
}

function withVersions(message: TranscriptMessage, { versions }: MessageVersions): TranscriptMessage {
  return { ...message, versions: versions.filter(({ revision }) => revision <= message.revision) };
}

/** Returns a function that makes requests one at a time, not more often than the site permits. */
function pacing({ clock, signal }: Pick<Reading, 'clock' | 'signal'>) {
  let last = -Infinity;
  const pause = async (ms: number) => {
    await Promise.race([wait(clock, ms), aborted(signal)]);
    signal.throwIfAborted();
  };
  return async <Answer>(read: () => Promise<Answer>): Promise<Answer> => {
    for (;;) {
      signal.throwIfAborted();
      const early = last + INTERVAL - clock.now();
      if (early > 0) await pause(early);
      last = clock.now();
      try {
        const answer = await read();
        signal.throwIfAborted();
        return answer;
      } catch (error) {
        if (!(error instanceof RequestFailed) || error.status !== TOO_MANY_REQUESTS) throw error;
        console.info('The site permits no more requests now; the transcript waits.', error);
      }
      await pause(AFTER_LIMIT);
    }
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
