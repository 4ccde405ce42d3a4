/** A piece of a text: what it says, and where it leads when it is a link. */
export interface TextPiece {
  text: string;
  href?: string;
}

/** Ends before what cannot be in an address, and before characters that would make it look like another one. */
const ADDRESS = /\bhttps?:\/\/[^\s<>"'`{}|\\^\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]+/giu;
const CLOSING = /[.,;:!?)\]…»”’]$/u;

/** Cuts a text into plain pieces and http(s) links. Joined, the pieces are the text; nothing else in it is interpreted. */
export function linkify(text: string): TextPiece[] {
  const pieces: TextPiece[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = withoutClosing(match[0]);
    const href = toHref(address);
    if (href === undefined) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) });
    pieces.push({ text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length || pieces.length === 0) pieces.push({ text: text.slice(end) });
  return pieces;
}

/** The full stop after an address ends the sentence; a closing bracket belongs to it only if it was opened inside. */
function withoutClosing(address: string): string {
  let kept = address;
  while (CLOSING.test(kept) && !(kept.endsWith(')') && isBalanced(kept))) kept = kept.slice(0, -1);
  return kept;
}

function isBalanced(address: string): boolean {
  return address.split('(').length === address.split(')').length;
}

/** No credentials: `https://bank.example@evil.example` leads to the latter and reads like the former. */
function toHref(address: string): string | undefined {
  const url = URL.parse(address);
  const isPlain =
    url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  return isPlain ? url.href : undefined;
}
