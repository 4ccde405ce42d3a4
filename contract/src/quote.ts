/** Most characters of the result, quotation marks included. */
const MAX_QUOTED = 200;

/**
 * Control characters of C1, lone surrogates, and characters that end a line, are invisible or
 * change the direction of the text around them. JSON escapes only those below U+0020.
 */
const DISGUISING =
  /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Cs}|[\u{e0000}-\u{e0fff}]/u;

/** Those, and the control characters below U+0020 except tab and newline. */
const CONTROLS = new RegExp(`[\\u0000-\\u0008\\u000b-\\u001f]|${DISGUISING.source}`, 'gu');

/**
 * Returns a text from outside in quotation marks, escaped and cut, so that it can neither flood a
 * log nor forge or disguise a line of it.
 */
export function quote(text: string): string {
  let escaped = '';
  for (const character of text) {
    const next = escape(character);
    if (escaped.length + next.length > MAX_QUOTED - 3) return `"${escaped}…"`;
    escaped += next;
  }
  return `"${escaped}"`;
}

/** Escapes the same characters of a text of ours, which may contain some from outside. */
export function escapeControls(text: string): string {
  return text.replaceAll(CONTROLS, toEscape);
}

function escape(character: string): string {
  return DISGUISING.test(character) ? toEscape(character) : JSON.stringify(character).slice(1, -1);
}

function toEscape(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}
