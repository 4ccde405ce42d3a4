/**
 * Characters with a meaning in Markdown anywhere in a line, that of GitHub included. `:` and `/` are
 * absent: a plain address stays one.
 */
const ANYWHERE = /[\\`*_{}[\]<>&~|#$^!]/g;
/** At the beginning of a line: lists, headings underlined by `=` or `-`, and rules. */
const AT_START = /^([-+=:])|^(\d+)([.)])/;
/** Otherwise four make a block of code. */
const INDENT = /^[^\S\n]+/;

/**
 * Returns a text as Markdown that displays exactly this text: nothing in it becomes a heading, a
 * list, code, a link in disguise or HTML.
 */
export function toMarkdown(text: string): string {
  return linesOf(text)
    .map((line) =>
      line
        .replace(ANYWHERE, String.raw`\$&`)
        .replace(AT_START, (start, sign?: string, digits?: string, end?: string) =>
          sign === undefined ? `${digits ?? ''}\\${end ?? ''}` : `\\${start}`,
        )
        // After the others: what follows the spaces begins no line any more.
        .replace(INDENT, (space) => '&nbsp;'.repeat(space.length)),
    )
    .join('\n');
}

/** The same within a quotation, which ends with the text. A line of the text stays one. */
export function toQuotation(text: string): string {
  const lines = toMarkdown(text).split('\n');
  return lines.map((line, index) => quoted(line, lines[index + 1])).join('\n');
}

function quoted(line: string, next: string | undefined): string {
  if (line === '') return '>';
  // A backslash at the end keeps the end of the line.
  return next === undefined || next === '' ? `> ${line}` : `> ${line}\\`;
}

/** Every end of a line, of Unicode too, as some readers of Markdown know them. */
function linesOf(text: string): string[] {
  return text.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/);
}
