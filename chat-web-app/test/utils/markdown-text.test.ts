import { describe, expect, test } from 'vitest';
import { toMarkdown, toQuotation } from '~/utils/markdown-text';

describe('A text as Markdown', () => {
  test.each([
    ['a heading', '# Big', String.raw`\# Big`],
    ['an underlined heading', 'Big\n===\n---', 'Big\n\\===\n\\---'],
    ['HTML', '<img src=x onerror=alert(1)>', String.raw`\<img src=x onerror=alert(1)\>`],
    ['an entity', '&lt;b&gt;', String.raw`\&lt;b\&gt;`],
    ['a link in disguise', '[bank](https://evil.example)', String.raw`\[bank\](https://evil.example)`],
    ['a picture', '![x](y)', String.raw`\!\[x\](y)`],
    ['emphasis', '*a* _b_ ~~c~~', String.raw`\*a\* \_b\_ \~\~c\~\~`],
    ['code', '`a`\n```\nb', '\\`a\\`\n\\`\\`\\`\nb'],
    ['a table', 'a | b', String.raw`a \| b`],
    ['lists', '- a\n+ b\n1. c\n2) d\n* e', '\\- a\n\\+ b\n1\\. c\n2\\) d\n\\* e'],
    ['a quotation', '> a', String.raw`\> a`],
    ['an indented block of code', '    a', '&nbsp;&nbsp;&nbsp;&nbsp;a'],
    ['a list behind spaces', '  - a', '&nbsp;&nbsp;- a'],
    ['a backslash that would escape ours', String.raw`\*a\*`, String.raw`\\\*a\\\*`],
    ['a formula', '$a$', String.raw`\$a\$`],
  ])('is no %s', (_what, text, markdown) => {
    expect(toMarkdown(text)).toBe(markdown);
  });

  test('keeps what has no meaning', () => {
    const text = "It's 3.5 - or (maybe) 4, see https://example.org/a?b=c at 10:30.";
    expect(toMarkdown(text)).toBe(text);
  });
});

describe('A quotation', () => {
  test('contains every line, also an empty one', () => {
    expect(toQuotation('one\ntwo\n\n# three')).toBe('> one\\\n> two\n>\n> \\# three');
  });

  test('is not left by any end of a line that a reader may know', () => {
    const ends = ['\n', '\r', '\r\n', '\v', '\f', '\u0085', '\u2028', '\u2029'];
    for (const end of ends) {
      expect(toQuotation(`a${end}# b`), JSON.stringify(end)).toBe('> a\\\n> \\# b');
    }
  });
});
