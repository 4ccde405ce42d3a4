import {
  cleanText,
  ContentSchema,
  countCharacters,
  hasVisibleCharacter,
  MAX_CONTENT_LENGTH,
} from '@chat/contract';
import { is } from 'valibot';
import { computed, ref } from 'vue';
import type { WritableComputedRef } from 'vue';
import { strings } from '../strings';

/** Longer texts show a character count. */
const COUNT_SHOWN_FROM = MAX_CONTENT_LENGTH - 200;

/**
 * Validates the text of a message while it is typed and when it is submitted.
 * @param text owned by the caller, so that it survives when the field is unmounted
 * @param whenEmpty the problem to show when an empty text is submitted; without it, none is shown
 */
export function useContentField(text: WritableComputedRef<string>, whenEmpty?: string) {
  const rejection = ref<string>();

  const count = computed(() => countCharacters(text.value.trim()));
  const tooLong = computed(() => count.value > MAX_CONTENT_LENGTH);
  /** Too long is reported while typing, an empty text on submit. */
  const problem = computed(() =>
    tooLong.value ? strings.composer.tooLong(count.value, MAX_CONTENT_LENGTH) : rejection.value,
  );
  const counter = computed(() =>
    count.value > COUNT_SHOWN_FROM && !tooLong.value
      ? strings.composer.count(count.value, MAX_CONTENT_LENGTH)
      : undefined,
  );

  /** Returns the text as it will be sent; undefined, with a problem to show, when it is invalid. */
  function accept(): string | undefined {
    const content = cleanText(text.value).trim();
    rejection.value = undefined;
    if (is(ContentSchema, content)) return content;
    if (!hasVisibleCharacter(content)) rejection.value = whenEmpty;
    return undefined;
  }

  function type(value: string): void {
    text.value = value;
    rejection.value = undefined;
  }

  return { problem, counter, accept, type };
}
