import { nextTick } from 'vue';
import { afterPaint } from '../../utils/after-paint';
import type { ChatStore } from '../index';

/**
 * Resolves when the first messages are on screen, or could not be read. What a person did not come for
 * waits until then: on a phone it would delay the messages by a third of a second.
 */
export async function firstMessages(store: ChatStore): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = store.watch(
      ({ messages }) => messages.history !== 'idle' && messages.history !== 'loading',
      (isRead) => {
        if (!isRead) return;
        resolve();
        void nextTick(() => stop());
      },
      { immediate: true },
    );
  });
  await nextTick();
  await afterPaint();
}
