import { onBeforeUnmount, shallowRef, watch } from 'vue';
import type { TextRange } from '../utils/text-range';

/** ms for which changed words are marked. */
const MARKED_FOR = 2_000;

export interface Version {
  text: string;
  revision: number;
  /** The author's own text, which the database does not have yet. */
  isUnconfirmed: boolean;
}

/**
 * The words that a new revision changed on the screen, for two seconds. Not for the first version,
 * and not when the revision confirms the text that is displayed already, as with an own edit.
 */
export function useChangedWords(current: () => Version) {
  const ranges = shallowRef<readonly TextRange[]>([]);
  let revision = current().revision;
  /** The text before the first of several changes in a row. */
  let base: string | undefined;
  let fading: ReturnType<typeof setTimeout> | undefined;

  function clear(): void {
    clearTimeout(fading);
    base = undefined;
    ranges.value = [];
  }

  async function mark(before: string, after: string): Promise<void> {
    base ??= before;
    const { changedWords } = await import('../utils/changed-words');
    // Another change came while the module was loading.
    if (base === undefined || current().text !== after) return;
    clearTimeout(fading);
    ranges.value = changedWords(base, after);
    fading = setTimeout(clear, MARKED_FOR);
  }

  watch(current, (next, previous) => {
    if (next.isUnconfirmed) {
      // Its own author reads it already.
      clear();
      return;
    }
    const isRevised = next.revision > revision;
    revision = next.revision;
    if (next.text === previous.text) return;
    if (!isRevised) clear();
    else
      mark(previous.text, next.text).catch((error: unknown) =>
        console.warn('Marking a change failed.', error),
      );
  });
  onBeforeUnmount(clear);
  return ranges;
}
