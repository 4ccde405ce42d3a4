import { ContentSchema, countCharacters, MAX_CONTENT_LENGTH } from '@chat/contract';
import { is } from 'valibot';
import { computed, ref } from 'vue';
import type { WritableComputedRef } from 'vue';
import { strings } from '../strings';

/** Characters left from which the count is shown. */
const COUNT_SHOWN_FROM = MAX_CONTENT_LENGTH - 200;

/**
 * A text that is about to become a message: what was typed is only let go of once it was accepted.
 * @param text kept by whoever calls, where nothing that happens to the field can lose it
 * @param whenEmpty said when there is nothing to send; without it nothing is said
 */
export function useContentField(text: WritableComputedRef<string>, whenEmpty?: string) {
  const refused = ref<string>();

  const count = computed(() => countCharacters(text.value.trim()));
  const tooLong = computed(() => count.value > MAX_CONTENT_LENGTH);
  /** Too long is said at once, the rest once it was refused. */
  const problem = computed(() =>
    tooLong.value ? strings.composer.tooLong(count.value, MAX_CONTENT_LENGTH) : refused.value,
  );
  const counter = computed(() =>
    count.value > COUNT_SHOWN_FROM && !tooLong.value
      ? strings.composer.count(count.value, MAX_CONTENT_LENGTH)
      : undefined,
  );

  /** The text as it will be sent, or undefined (and a problem to show) when it cannot be. */
  function accept(): string | undefined {
    const content = text.value.trim();
    refused.value = undefined;
    if (content === '') refused.value = whenEmpty;
    else if (is(ContentSchema, content)) return content;
    else refused.value = strings.composer.invalid;
    return undefined;
  }

  function type(value: string): void {
    text.value = value;
    refused.value = undefined;
  }

  return { problem, counter, accept, type };
}
