import { hasKeyboard } from './has-keyboard';

/** The `keyCode` of keys handled by an input method; in Safari also of the Enter that ends it. */
const IME_PROCESSING = 229;

/**
 * Enter that submits: not Shift+Enter, not the Enter that selects a word in an input method, and on
 * touch keyboards only with Ctrl or Command.
 */
export function isSubmitKey(event: KeyboardEvent): boolean {
  if (event.key !== 'Enter' || event.shiftKey || isComposing(event)) return false;
  return event.ctrlKey || event.metaKey || hasKeyboard();
}

// The deprecated `keyCode` is the only way to detect this in Safari.
export function isComposing(event: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean {
  return event.isComposing || event.keyCode === IME_PROCESSING;
}
