import { computed, onBeforeUnmount, onMounted, ref, shallowRef, watch } from 'vue';
import type { ComputedRef, Ref } from 'vue';
import type { ShownList } from '~/store/messages/shown-list';
import { ESTIMATE, heightOf, itemAt, needsShift, rangeAround } from './window-range';
import { createItemBoxes } from './item-boxes';

/** px. Closer to the end than this is "at the end": fractions of pixels and a half-read last line count as there. */
const NEAR = 48;

/** Where the reader is: at the end, or at a message whose top is so many px below the top of the box. */
type Reader = 'end' | { id: string; top: number };

/**
 * Of a list that may hold ten thousand messages only those around the reader are really there; above and below them
 * are spacers. And the reader stays where they are: at the end when something new comes there, else at the message that
 * they look at, whatever is put in, taken out or measured above it. The browser's own anchoring is off (main.css).
 *
 *   spacer   heights as measured, or estimated where never seen
 *   ────── from
 *   items    OVERSCAN on either side of `middle`, which follows the reader in strides
 *   ────── to
 *   spacer
 *
 * @param box the element that scrolls; its items are `li[data-message-id]` in the list `items`
 */
export function useMessageWindow(
  box: Ref<HTMLElement | null>,
  items: Ref<HTMLElement | null>,
  list: ComputedRef<ShownList>,
) {
  const boxes = createItemBoxes(box, items);
  const atEnd = ref(true);
  /** The id of the message in the middle of what is there; 'end' keeps to the newest. */
  const middle = shallowRef<string>('end');
  const isEnd = computed(() => middle.value === 'end');
  let lastIndex = 0;
  let reader: Reader = 'end';
  let boxHeight = 0;
  let movedTo: number | undefined;

  const range = computed(() => {
    const { count } = list.value;
    if (isEnd.value) return rangeAround(count - 1, count);
    const index = list.value.indexOf(middle.value);
    // Deleted: what stands there now is as good a middle.
    if (index >= 0) lastIndex = index;
    return rangeAround(lastIndex, count);
  });
  const heightAt = (index: number) => boxes.heights.get(list.value.idAt(index) ?? '') ?? ESTIMATE;
  const spacers = computed(() => {
    const { from, to } = range.value;
    return { above: heightOf(heightAt, 0, from), below: heightOf(heightAt, to, list.value.count) };
  });

  function setMiddle(index: number): void {
    lastIndex = index;
    middle.value = list.value.idAt(index) ?? 'end';
  }

  /** Puts the reader back to where they were, after anything that may have moved them. */
  function settle(): void {
    const el = box.value;
    if (!el) return;
    boxes.measure();
    if (reader === 'end') el.scrollTop = el.scrollHeight;
    else {
      const top = boxes.topOf(reader.id);
      if (top === undefined) {
        reader = boxes.firstVisible() ?? 'end';
        return;
      }
      // Whole pixels: a screen cannot show less, and chasing fractions would creep.
      const moved = Math.round(top - reader.top);
      if (moved !== 0) el.scrollTop += moved;
    }
    movedTo = el.scrollTop;
  }

  function onScroll(): void {
    const el = box.value;
    // Our own doing, or a resize that is about to be noticed: neither says where the reader wants to be.
    if (!el || el.scrollTop === movedTo || el.clientHeight !== boxHeight) return;
    movedTo = undefined;
    atEnd.value = el.scrollHeight - el.scrollTop - el.clientHeight < NEAR;
    if (atEnd.value) {
      reader = 'end';
      middle.value = 'end';
      return;
    }
    const first = boxes.firstVisible();
    if (first) {
      reader = first;
      const index = list.value.indexOf(first.id);
      // Away from the end, what comes there must not push out what is being read.
      if (isEnd.value || needsShift(index, range.value, list.value.count)) setMiddle(index);
    } else jumpInto(el);
  }

  /** The scroll bar was dragged into a spacer. */
  function jumpInto(el: HTMLElement): void {
    const distance = el.scrollTop - boxes.startOfList();
    const { index, top } = itemAt(heightAt, list.value.count, distance);
    reader = { id: list.value.idAt(index) ?? '', top: top - distance };
    setMiddle(index);
  }

  function toEnd(): void {
    reader = 'end';
    atEnd.value = true;
    middle.value = 'end';
    settle();
  }

  /** Shows a message at the top of the box, a little below it. */
  function toMessage(id: string): void {
    const index = list.value.indexOf(id);
    if (index < 0) return;
    reader = { id, top: NEAR };
    atEnd.value = false;
    setMiddle(index);
    settle();
  }

  watch([list, range], settle, { flush: 'post' });
  watch(
    [list, range],
    () => {
      // A reader may have scrolled and the browser not said so yet: scroll events wait for the next frame.
      onScroll();
      boxes.keepFocus();
    },
    { flush: 'pre' },
  );

  // The box itself shrinks when the composer grows or a phone's keyboard comes up; items grow when they are edited.
  const resized = new ResizeObserver(() => {
    boxHeight = box.value?.clientHeight ?? 0;
    settle();
  });
  onMounted(() => {
    if (box.value) resized.observe(box.value);
    if (items.value) resized.observe(items.value);
    settle();
  });
  onBeforeUnmount(() => resized.disconnect());

  return { range, spacers, atEnd, onScroll, toEnd, toMessage };
}
