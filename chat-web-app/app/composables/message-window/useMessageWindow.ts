import { computed, onBeforeUnmount, onMounted, ref, shallowRef, watch } from 'vue';
import type { ComputedRef, Ref } from 'vue';
import type { ShownList } from '../../store/messages/shown-list';
import { createItemBoxes } from './item-boxes';
import { afterPaint } from '../../utils/after-paint';
import {
  ESTIMATE,
  FIRST_OVERSCAN,
  heightOf,
  itemAt,
  needsShift,
  OVERSCAN,
  rangeAround,
} from './window-range';

/** px. A reader closer to the end than this is at the end: half a last line may be hidden. */
const NEAR = 48;

/** The reader is at the end, or at a message whose top is `top` px below the top of the box. */
type Reader = 'end' | { id: string; top: number };

/**
 * Renders only the messages around the reader, of a list that may have ten thousand, with spacers
 * above and below. The reader keeps their place: at the end when messages arrive there, otherwise
 * at the message they read, also when items above it are inserted, removed or measured. The
 * browser's scroll anchoring is off (CSS).
 *
 *   spacer   heights as measured, or estimated where never rendered
 *   ────── from
 *   items    OVERSCAN on either side of `middle`, which follows the reader in steps
 *   ────── to
 *   spacer
 *
 * Not `virtua`: it stores heights by index and keeps the place only for changes at the start of the
 * list (its `shift`), but here rows are also inserted and deleted in the middle.
 *
 * @param box the scrolling element; its items are `li[data-message-id]` in the list `items`
 */
export function useMessageWindow(
  box: Ref<HTMLElement | null>,
  items: Ref<HTMLElement | null>,
  list: ComputedRef<ShownList>,
) {
  const boxes = createItemBoxes(box, items);
  const atEnd = ref(true);
  /** The id of the message in the middle of the range; 'end' follows the newest. */
  const middle = shallowRef<string>('end');
  const isEnd = computed(() => middle.value === 'end');
  const overscan = ref(FIRST_OVERSCAN);
  let lastIndex = 0;
  let reader: Reader = 'end';
  let boxHeight = 0;
  let movedTo: number | undefined;

  const range = computed(() => {
    const { count } = list.value;
    if (isEnd.value) return rangeAround(count - 1, count, overscan.value);
    const index = list.value.indexOf(middle.value);
    // When that message was deleted, the one now at its index takes over.
    if (index >= 0) lastIndex = index;
    return rangeAround(lastIndex, count, overscan.value);
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

  /** Scrolls the reader back to their place, after anything that may have moved them. */
  function keepPlace(): void {
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
      // Whole pixels: correcting fractions would make the list creep.
      const moved = Math.round(top - reader.top);
      if (moved !== 0) el.scrollTop += moved;
    }
    movedTo = el.scrollTop;
  }

  function arrivesAtEnd(el: HTMLElement): boolean {
    atEnd.value = el.scrollHeight - el.scrollTop - el.clientHeight < NEAR;
    if (atEnd.value) {
      reader = 'end';
      middle.value = 'end';
    }
    return atEnd.value;
  }

  function onScroll(): void {
    const el = box.value;
    // The scroll comes from keepPlace, or from a resize that the observer will report.
    if (!el || el.scrollTop === movedTo || el.clientHeight !== boxHeight) return;
    // Only scrolling up leaves the end. Downwards, the browser shows the caret in a message that has
    // grown, before the observer reports that.
    const isDownAtEnd = reader === 'end' && movedTo !== undefined && el.scrollTop > movedTo;
    if (isDownAtEnd) return keepPlace();
    const isAtEnd = arrivesAtEnd(el);
    movedTo = isAtEnd ? el.scrollTop : undefined;
    if (isAtEnd) return;
    const first = boxes.firstVisible();
    if (first) {
      reader = first;
      const index = list.value.indexOf(first.id);
      // Away from the end, the range must stop following the newest message.
      if (isEnd.value || needsShift(index, range.value, list.value.count)) setMiddle(index);
    } else jumpInto(el);
  }

  /** The reader dragged the scroll bar into a spacer. */
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
    keepPlace();
  }

  /** Scrolls to the end when the message that the reader read is no longer in the list. */
  function toEndIfLost(): void {
    if (reader !== 'end' && list.value.indexOf(reader.id) < 0) toEnd();
  }

  /** Scrolls a message to slightly below the top of the box. */
  function toMessage(id: string): void {
    const index = list.value.indexOf(id);
    if (index < 0) return;
    reader = { id, top: NEAR };
    atEnd.value = false;
    setMiddle(index);
    // A message that is not rendered yet is scrolled to once it is: the range changes.
    if (boxes.topOf(id) !== undefined) keepPlace();
  }

  /**
   * Keeps the top of a message where it is while its height changes, also for a reader at the end. A
   * top above the box comes down to its edge when the message becomes shorter.
   */
  function holdMessage(id: string, getsShorter: boolean): void {
    const top = boxes.topOf(id);
    if (top === undefined) return;
    reader = { id, top: getsShorter ? Math.max(top, 0) : top };
    setMiddle(list.value.indexOf(id));
  }

  watch([list, range], keepPlace, { flush: 'post' });
  watch(
    () => list.value.count > 0,
    () => void afterPaint().then(() => (overscan.value = OVERSCAN)),
    { flush: 'post', once: true },
  );
  watch(
    [list, range],
    () => {
      // The reader may have scrolled already: the browser fires scroll events with the next frame.
      onScroll();
      boxes.keepFocus();
    },
    { flush: 'pre' },
  );

  // The box shrinks when the composer grows or a keyboard opens; items grow when edited.
  const resized = new ResizeObserver(() => {
    boxHeight = box.value?.clientHeight ?? 0;
    keepPlace();
    // A message that is opened or folded moves the end, and no scroll event follows.
    if (box.value && reader !== 'end') arrivesAtEnd(box.value);
  });
  onMounted(() => {
    if (box.value) resized.observe(box.value);
    if (items.value) resized.observe(items.value);
    keepPlace();
  });
  onBeforeUnmount(() => resized.disconnect());

  return { range, spacers, atEnd, onScroll, toEnd, toEndIfLost, toMessage, holdMessage };
}
