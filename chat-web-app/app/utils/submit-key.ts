/** The `keyCode` of keys handled by an input method; in Safari also of the Enter that ends it. */
const IME_PROCESSING = 229;

/**
 * Enter that submits: not Shift+Enter, and not the Enter that selects a word in an input method.
 */
export function isSubmitKey(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && !event.shiftKey && !isComposing(event);
}

// The deprecated `keyCode` is the only way to detect this in Safari.
export function isComposing(event: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean {
  return event.isComposing || event.keyCode === IME_PROCESSING;
}
