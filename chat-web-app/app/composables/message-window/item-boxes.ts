import type { Ref } from 'vue';

/** Measures the rendered items of a list, and remembers heights of items rendered before. */
export function createItemBoxes(box: Ref<HTMLElement | null>, items: Ref<HTMLElement | null>) {
  const heights = new Map<string, number>();

  const rendered = () => [...(items.value?.children ?? [])].filter((item) => item instanceof HTMLElement);
  const topOfBox = () => box.value?.getBoundingClientRect().top ?? 0;
  /** Of the message itself: what is above and below it in the item comes and goes. */
  const topOfMessage = (item: Element) =>
    (item.querySelector('.bubble') ?? item).getBoundingClientRect().top - topOfBox();
  const find = (id: string) => rendered().find((item) => item.dataset.messageId === id);

  return {
    heights: heights as ReadonlyMap<string, number>,

    measure(): void {
      for (const item of rendered()) {
        const { messageId } = item.dataset;
        if (messageId !== undefined) heights.set(messageId, item.getBoundingClientRect().height);
      }
    },
    /** px below the top of the box, undefined when the message is not rendered. */
    topOf(id: string): number | undefined {
      const item = find(id);
      return item && topOfMessage(item);
    },
    firstVisible(): { id: string; top: number } | undefined {
      const edge = topOfBox();
      for (const item of rendered()) {
        const { top, bottom } = item.getBoundingClientRect();
        const { messageId } = item.dataset;
        if (bottom > edge && messageId !== undefined) {
          // Below the box: only the spacer above the rendered items is visible.
          const isBelow = top > edge + (box.value?.clientHeight ?? 0);
          return isBelow ? undefined : { id: messageId, top: topOfMessage(item) };
        }
      }
      return undefined;
    },
    /**
     * px from the top of the scrolled content to the first item of the whole list, spacer included.
     */
    startOfList(): number {
      const spacer = items.value?.previousElementSibling;
      return spacer && box.value ? spacer.getBoundingClientRect().top - topOfBox() + box.value.scrollTop : 0;
    },
    /**
     * A removed item loses the focus; the list takes it, so that the keyboard continues from there.
     */
    keepFocus(): void {
      const focused = document.activeElement;
      if (!items.value?.contains(focused)) return;
      const item = focused?.closest('li');
      queueMicrotask(() => {
        if (item && !item.isConnected) box.value?.focus({ preventScroll: true });
      });
    },
  };
}
