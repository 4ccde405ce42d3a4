import type { Ref } from 'vue';

/** px. A longer swipe towards the edge closes the dialog. */
const MIN_DISTANCE = 60;

/** The edge of the window that a dialog slides in from. */
export type Edge = 'left' | 'bottom';

/**
 * Returns listeners for a dialog that follows a finger towards its edge. The element with these
 * listeners must not scroll that way: `touch-action` leaves the movement to them, and the browser
 * cancels the pointer of every other one.
 */
export function useSwipeToClose(dialog: Ref<HTMLElement | null>, edge: Edge, close: () => void) {
  let start: number | undefined;
  const along = ({ clientX, clientY }: PointerEvent) => (edge === 'left' ? -clientX : clientY);
  const moved = (event: PointerEvent) => (start === undefined ? 0 : Math.max(along(event) - start, 0));

  function reset(): void {
    start = undefined;
    if (!dialog.value) return;
    dialog.value.style.removeProperty('translate');
    dialog.value.style.removeProperty('transition');
  }

  return {
    pointerdown(event: PointerEvent): void {
      if (event.pointerType !== 'mouse') start = along(event);
    },
    pointermove(event: PointerEvent): void {
      if (start === undefined || !dialog.value) return;
      dialog.value.style.transition = 'none';
      const distance = moved(event);
      dialog.value.style.translate = edge === 'left' ? `${0 - distance}px` : `0px ${distance}px`;
    },
    pointerup(event: PointerEvent): void {
      const isFar = moved(event) > MIN_DISTANCE;
      reset();
      if (isFar) close();
    },
    pointercancel: reset,
  };
}
