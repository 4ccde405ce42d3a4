import { nextTick, onBeforeUnmount, onMounted, ref, watch } from 'vue';
import type { Ref } from 'vue';

/** px. Closer to the end than this is "at the end": fractions of pixels and a half-read last line count as there. */
const NEAR = 48;

/**
 * Keeps a reader where they are: at the end when they were at the end and something new came, else at the message that
 * they look at, also when older ones are put before it.
 * @param newestId the last message's id: only a new one scrolls, an edit never does
 * @param oldestId the first message's id: another one means that older messages were put before it
 */
export function useStickyScroll(
  box: Ref<HTMLElement | null>,
  newestId: () => string | undefined,
  oldestId: () => string | undefined,
) {
  const atEnd = ref(true);
  let height = 0;

  function measure(): void {
    const el = box.value;
    // Between a resize and its notice the distance to the end says nothing about where the reader wants to be.
    if (el && el.clientHeight === height)
      atEnd.value = el.scrollHeight - el.scrollTop - el.clientHeight < NEAR;
  }

  function toEnd(): void {
    if (box.value) box.value.scrollTop = box.value.scrollHeight;
    atEnd.value = true;
  }

  watch(newestId, async (id, before) => {
    if (id === undefined || id === before || !atEnd.value) return;
    await nextTick();
    toEnd();
  });

  watch(oldestId, async (id, before) => {
    const el = box.value;
    if (!el || id === undefined || before === undefined || atEnd.value) return;
    const fromBottom = el.scrollHeight - el.scrollTop;
    const anchor = el.querySelector(`[data-message-id="${CSS.escape(before)}"]`);
    const top = anchor?.getBoundingClientRect().top;
    await nextTick();
    // Where the browser anchors by itself (not when scrolled to the very top) the difference is nothing already.
    if (anchor?.isConnected && top !== undefined) el.scrollTop += anchor.getBoundingClientRect().top - top;
    else el.scrollTop = el.scrollHeight - fromBottom;
  });

  // The box itself shrinks when the composer grows or a phone's keyboard comes up.
  const resized = new ResizeObserver(() => {
    height = box.value?.clientHeight ?? 0;
    if (atEnd.value) toEnd();
  });
  onMounted(() => {
    if (!box.value) return;
    resized.observe(box.value);
    toEnd();
  });
  onBeforeUnmount(() => resized.disconnect());

  return { atEnd, measure, toEnd };
}
