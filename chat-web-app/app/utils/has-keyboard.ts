/**
 * Whether the device has a keyboard, as far as its pointer shows: focusing a field elsewhere opens a
 * keyboard on the screen, over what the person came to read.
 */
export function hasKeyboard(): boolean {
  return window.matchMedia('(hover: hover) and (pointer: fine)').matches;
}
