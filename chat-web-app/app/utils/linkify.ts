// With its extension: the functions of this folder also run in plain Node, without a bundler.
import { shownHost } from './host-name.ts';

/** A piece of a text, with its target when it is a link. */
export interface TextPiece {
  text: string;
  href?: string;
  /** What to display instead of a text that disguises its target. */
  shown?: string;
}

/** Ends before characters that do not belong to an address, or that would disguise it. */
const ADDRESS = /\bhttps?:\/\/[^\s<>"'`{}|\\^\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]+/giu;
const CLOSING = '.,;:!?)]…»”’';

/** Splits a text into plain pieces and http(s) links. Joined, the pieces equal the text. */
export function linkify(text: string): TextPiece[] {
  const pieces: TextPiece[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = withoutClosing(match[0]);
    const url = toUrl(address);
    if (!url) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) });
    pieces.push({ text: address, href: url.href, ...disguised(address, url) });
    end = match.index + address.length;
  }
  if (end < text.length || pieces.length === 0) pieces.push({ text: text.slice(end) });
  return pieces;
}

/**
 * A full stop ends the sentence; a closing bracket belongs to an address that opened it. Counts the
 * brackets once: anyone can send a thousand of them.
 */
function withoutClosing(address: string): string {
  let unopened = count(address, ')') - count(address, '(');
  let end = address.length;
  while (end > 0 && CLOSING.includes(address.charAt(end - 1))) {
    if (address.charAt(end - 1) === ')') {
      if (unopened === 0) break;
      unopened -= 1;
    }
    end -= 1;
  }
  return address.slice(0, end);
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

/** No credentials: `https://bank.example@evil.example` looks like the first, opens the second. */
function toUrl(address: string): URL | undefined {
  const url = URL.parse(address);
  const isPlain =
    url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  return isPlain ? url : undefined;
}

const HOST = /^(https?:\/\/)([^/?#:[\]]+)/i;

function disguised(address: string, url: URL): { shown?: string } {
  const [start = '', scheme = '', host] = HOST.exec(address) ?? [];
  if (host === undefined) return {}; // an IPv6 address
  const shown = shownHost(host, url.hostname);
  return shown === host ? {} : { shown: scheme + shown + address.slice(start.length) };
}
