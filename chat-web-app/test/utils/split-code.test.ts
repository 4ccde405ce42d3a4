import { describe, expect, test } from 'vitest';
import { splitCode } from '~/utils/split-code';

const text = (value: string) => ({ kind: 'text', text: value });
const code = (value: string) => ({ kind: 'code', text: value });
const block = (value: string) => ({ kind: 'block', text: value });
const displayed = (written: string) => splitCode(written).filter(({ kind }) => kind !== 'sign');

describe('splitCode', () => {
  test.each([
    ['an ordinary text', 'Hello\nthere', [text('Hello\nthere')]],
    ['an empty text', '', []],
    ['code within a line', 'run `npm test` now', [text('run '), code('npm test'), text(' now')]],
    ['code alone', '`x`', [code('x')]],
    ['two codes', '`a``b`', [code('a'), code('b')]],
    ['a single mark', 'it`s', [text('it`s')]],
    ['marks on two lines', 'a `b\nc` d', [text('a `b\nc` d')]],
    ['marks without anything between', 'a `` b', [text('a `` b')]],
    ['a fence', 'a\n```\nb\n  c\n```\nd', [text('a'), block('b\n  c'), text('d')]],
    ['a fence with a language', '```sql\nselect 1\n```', [block('select 1')]],
    ['a fence of a Windows line', '```\r\na\n```\r', [block('a')]],
    ['marks within a fence', '```\n`a`\n```', [block('`a`')]],
    ['an empty fence', '```\n```', [block('')]],
    ['an empty line within a fence', '```\n\n```', [block('')]],
    ['two fences', '```\na\n```\n```\nb\n```', [block('a'), block('b')]],
    ['an empty line between fences', '```\na\n```\n\n```\nb\n```\n', [block('a'), block('b')]],
    ['a fence that is not closed', 'a\n```\nb `c`', [text('a\n```\nb '), code('c')]],
    ['a fence within a line', 'a ```b``` c', [text('a ``'), code('b'), text('`` c')]],
    ['other signs of Markdown', '**a** _b_ # c', [text('**a** _b_ # c')]],
  ])('%s', (_what, written, pieces) => {
    expect(displayed(written)).toEqual(pieces);
    expect(
      splitCode(written)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(written);
  });
});
