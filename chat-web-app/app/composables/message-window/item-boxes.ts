import type { Ref } from 'vue';

/** What the items of a list measure on the screen, and what they measured when they were last there. */
export function createItemBoxes(box: Ref<HTMLElement | null>, items: Ref<HTMLElement | null>) {
  const heights = new Map<string, number>();

  const present = () => [...(items.value?.children ?? [])].filter((item) => item instanceof HTMLElement);
  const topOfBox = () => box.value?.getBoundingClientRect().top ?? 0;
  /** The message itself, without the divider above it, which comes and goes with what is before. */
  const topOfMessage = (item: Element) =>
    (item.lastElementChild ?? item).getBoundingClientRect().top - topOfBox();
  const find = (id: string) => present().find((item) => item.dataset.messageId === id);

  return {
    heights: heights as ReadonlyMap<string, number>,

    measure(): void {
      for (const item of present()) {
        const { messageId } = item.dataset;
        if (messageId !== undefined) heights.set(messageId, item.getBoundingClientRect().height);
      }
    },
    /** px below the top of the box, undefined when it is not there. */
    topOf(id: string): number | undefined {
      const item = find(id);
      return item && topOfMessage(item);
    },
    firstVisible(): { id: string; top: number } | undefined {
      const edge = topOfBox();
      for (const item of present()) {
        const { top, bottom } = item.getBoundingClientRect();
        const { messageId } = item.dataset;
        if (bottom > edge && messageId !== undefined) {
          // All of them are below the box: the reader is in the spacer above.
          const isBelow = top > edge + (box.value?.clientHeight ?? 0);
          return isBelow ? undefined : { id: messageId, top: topOfMessage(item) };
        }
      }
      return undefined;
    },
    /** px from the top of what is scrolled to the first item of the whole list, spacer included. */
    startOfList(): number {
      const spacer = items.value?.previousElementSibling;
      return spacer && box.value ? spacer.getBoundingClientRect().top - topOfBox() + box.value.scrollTop : 0;
    },
    /** An item that goes takes the focus with it; the list keeps it, so that the keyboard goes on from here. */
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
