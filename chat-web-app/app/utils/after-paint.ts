/** Resolves when what was just rendered is on screen; in a hidden tab, when the tab is shown. */
export function afterPaint(): Promise<void> {
  // Within the next frame it is only about to be painted. A task of its own delays no frame.
  return new Promise((resolve) =>
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve))),
  );
}
