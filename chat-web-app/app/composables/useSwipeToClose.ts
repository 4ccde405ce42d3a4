import type { Ref } from 'vue';

/** px. A longer swipe to the left closes the drawer. */
const MIN_DISTANCE = 60;

/**
 * Returns listeners for a drawer at the left edge that follows a finger to the left. Vertical
 * swipes still scroll: the drawer has `touch-action: pan-y`, so the browser handles them and
 * cancels the pointer.
 */
export function useSwipeToClose(drawer: Ref<HTMLElement | null>, close: () => void) {
  let start: number | undefined;
  const moved = ({ clientX }: PointerEvent) => (start === undefined ? 0 : Math.min(clientX - start, 0));

  function reset(): void {
    start = undefined;
    if (!drawer.value) return;
    drawer.value.style.removeProperty('translate');
    drawer.value.style.removeProperty('transition');
  }

  return {
    pointerdown(event: PointerEvent): void {
      if (event.pointerType !== 'mouse') start = event.clientX;
    },
    pointermove(event: PointerEvent): void {
      if (start === undefined || !drawer.value) return;
      drawer.value.style.transition = 'none';
      drawer.value.style.translate = `${moved(event)}px`;
    },
    pointerup(event: PointerEvent): void {
      const isFar = moved(event) < -MIN_DISTANCE;
      reset();
      if (isFar) close();
    },
    pointercancel: reset,
  };
}
