/** How this page uses Ably, abridged. */
export const codeSample = `const ably = new BaseRealtime({
  authCallback: askNetlifyFunction,
});

const incoming = ably.channels.get(
  '[?rewind=2m]incoming-chat'
);
incoming.subscribe((message) => {
  store.dispatch('messages/receive', message.data);
});
incoming.presence.enter({ name: nickname });

const outgoing = ably.channels.get('outgoing-chat');
outgoing.publish({
  id: createMessageId(),
  name: 'chatMsg',
  data: { username: nickname, content },
});`;

export interface Token {
  kind: 'string' | 'keyword' | 'function' | 'punctuation' | 'plain';
  text: string;
}

const TOKEN = /('[^']*')|\b(const|new|await)\b|(\b\w+(?=\())|([{}()[\];,.:]|=>|=)/g;

/**
 * Splits code into runs of one colour. It knows only the syntax that the sample uses. A literal with
 * markup would need some ninety spans for these nineteen lines.
 */
export function tokenize(code: string): Token[] {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of code.matchAll(TOKEN)) {
    if (match.index > end) tokens.push({ kind: 'plain', text: code.slice(end, match.index) });
    tokens.push({ kind: kindOf(match), text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < code.length) tokens.push({ kind: 'plain', text: code.slice(end) });
  return tokens;
}

function kindOf(match: RegExpExecArray): Token['kind'] {
  if (match[1] !== undefined) return 'string';
  if (match[2] !== undefined) return 'keyword';
  return match[3] !== undefined ? 'function' : 'punctuation';
}
