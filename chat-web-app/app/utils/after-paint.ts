/** Resolves when what was just rendered is on screen; in a hidden tab, when the tab is shown. */
export function afterPaint(): Promise<void> {
  // A frame is painted after its callbacks.
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}
