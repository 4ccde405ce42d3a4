import { onBeforeUnmount, ref } from 'vue';
import { saveFile } from '../../api/save-file';
import { transcriptStrings } from '../../strings-of-transcript';
import { systemClock } from '../clock';
import { useChatStore } from '../key';
import { toFile } from './format';
import type { Format } from './format';
import { readConversation } from './read-conversation';
import type { Reading } from './read-conversation';

/** Downloads the conversation as it was at a time, or as it is. */
export function useTranscript() {
  const store = useChatStore();
  const status = ref<'idle' | 'reading' | 'done' | 'failed'>('idle');
  /** What has been read, or the result. */
  const report = ref('');
  let running: AbortController | undefined;

  const showProgress: Reading['onProgress'] = ({ messages, versions, edited }) => {
    report.value =
      versions === undefined
        ? transcriptStrings.messages(messages)
        : transcriptStrings.versions(versions, edited ?? versions);
  };

  /** @param at ms since the epoch; null for now, by the clock of the database */
  async function download(at: number | null, format: Format, withVersions: boolean): Promise<void> {
    running?.abort();
    const { signal } = (running = new AbortController());
    status.value = 'reading';
    report.value = transcriptStrings.messages(0);
    try {
      const conversation = await readConversation({
        at: at ?? Number((await store.dispatch('past/readTimeline')).to),
        withVersions,
        readPast: (request) => store.dispatch('past/readPage', request),
        readVersions: (msgId) => store.dispatch('versions/read', msgId),
        clock: systemClock,
        signal,
        onProgress: showProgress,
      });
      saveFile(toFile(conversation, format));
      const { length } = conversation.messages;
      report.value = transcriptStrings[conversation.isComplete ? 'done' : 'cut'](length);
      status.value = 'done';
    } catch (error) {
      if (signal.aborted) return;
      console.warn('Reading the conversation for a transcript failed.', error);
      status.value = 'failed';
    }
  }

  function cancel(): void {
    running?.abort();
    status.value = 'idle';
    report.value = '';
  }
  onBeforeUnmount(cancel);
  return { status, report, download, cancel };
}
