/** What browsers report as the key while an input method has it; Safari still does so for the Enter that ends composing. */
const IME_PROCESSING = 229;

/** Enter that means "send": not Shift+Enter, and not the Enter that only picks a word in an input method. */
export function isSubmitKey(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && !event.shiftKey && !isComposing(event);
}

// `keyCode` is deprecated for everything but this: nothing else tells it in Safari.
export function isComposing(event: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean {
  return event.isComposing || event.keyCode === IME_PROCESSING;
}
