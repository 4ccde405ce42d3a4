import type { Ref } from 'vue';

/** px to the left after which letting go closes. */
const FAR_ENOUGH = 60;

/**
 * Listeners for a drawer at the left edge that follows a finger to the left. A swipe up or down stays a scroll: the
 * drawer has `touch-action: pan-y`, so the browser takes those over and cancels the pointer.
 */
export function useSwipeToClose(drawer: Ref<HTMLElement | null>, close: () => void) {
  let start: number | undefined;
  const moved = ({ clientX }: PointerEvent) => (start === undefined ? 0 : Math.min(clientX - start, 0));

  function letGo(): void {
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
      const isFar = moved(event) < -FAR_ENOUGH;
      letGo();
      if (isFar) close();
    },
    pointercancel: letGo,
  };
}
