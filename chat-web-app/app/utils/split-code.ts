/** A piece of a text: plain, code within a line, lines between two fences, or a sign around them. */
export interface CodePiece {
  kind: 'text' | 'code' | 'block' | 'sign';
  text: string;
}

/** ``` alone, or with the name of a language, which is not displayed. */
const FENCE = /^```[^`]*$/;
const INLINE = /`([^`\n]+)`/g;

/**
 * Splits a text at its code. Nothing else of Markdown is interpreted. Joined, the pieces equal the
 * text; those of the kind `sign` are the marks of the code, which are not displayed.
 */
export function splitCode(text: string): CodePiece[] {
  const pieces: CodePiece[] = [];
  const lines = text.split('\n');
  let plainFrom = 0;
  let opened: number | undefined;
  lines.forEach((line, index) => {
    if (opened === undefined) {
      if (FENCE.test(line)) opened = index;
    } else if (line.trimEnd() === '```') {
      const isLast = index === lines.length - 1;
      pieces.push(
        ...splitInline(lines.slice(plainFrom, opened).join('\n')),
        { kind: 'sign', text: `${opened > plainFrom ? '\n' : ''}${lines[opened] ?? ''}\n` },
        { kind: 'block', text: lines.slice(opened + 1, index).join('\n') },
        { kind: 'sign', text: `${index > opened + 1 ? '\n' : ''}${line}${isLast ? '' : '\n'}` },
      );
      plainFrom = index + 1;
      opened = undefined;
    }
  });
  // A fence that is not closed is an ordinary line.
  pieces.push(...splitInline(lines.slice(plainFrom).join('\n')));
  return pieces;
}

function splitInline(text: string): CodePiece[] {
  const pieces: CodePiece[] = [];
  let end = 0;
  for (const { index, 0: whole, 1: code = '' } of text.matchAll(INLINE)) {
    if (index > end) pieces.push({ kind: 'text', text: text.slice(end, index) });
    pieces.push({ kind: 'sign', text: '`' }, { kind: 'code', text: code }, { kind: 'sign', text: '`' });
    end = index + whole.length;
  }
  if (end < text.length) pieces.push({ kind: 'text', text: text.slice(end) });
  return pieces;
}
