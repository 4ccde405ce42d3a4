/** px. A shorter movement is a tap, or the beginning of a selection. */
const MIN_DISTANCE = 40;

/**
 * Returns listeners for an element on which a finger swipes to the next (left, 1) or the previous
 * item (right, -1). It needs `touch-action: pan-y`: otherwise the browser cancels the pointer.
 */
export function useSwipeSideways(step: (by: 1 | -1) => void) {
  let start: number | undefined;
  return {
    pointerdown({ pointerType, clientX }: PointerEvent): void {
      start = pointerType === 'mouse' ? undefined : clientX;
    },
    pointerup({ clientX }: PointerEvent): void {
      const distance = start === undefined ? 0 : clientX - start;
      start = undefined;
      if (Math.abs(distance) >= MIN_DISTANCE) step(distance < 0 ? 1 : -1);
    },
    pointercancel(): void {
      start = undefined;
    },
  };
}
