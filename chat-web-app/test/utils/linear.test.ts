import {
  cleanText,
  ContentSchema,
  hasVisibleCharacter,
  MessageIdSchema,
  quote,
  RowChangeMessageSchema,
  UsernameSchema,
} from '@chat/contract';
import { safeParse } from 'valibot';
import { describe, expect, test } from 'vitest';
import { nameKey } from '~/store/names/name-index';
import { displayName } from '~/utils/display-name';
import { linkify } from '~/utils/linkify';
import { splitCode } from '~/utils/split-code';

/** Every function of the page that reads a text from outside. */
const FUNCTIONS: Record<string, (text: string) => unknown> = {
  linkify,
  splitCode,
  displayName,
  nameKey,
  quote,
  cleanText,
  hasVisibleCharacter,
  content: (text) => safeParse(ContentSchema, text),
  username: (text) => safeParse(UsernameSchema, text),
  id: (text) => safeParse(MessageIdSchema, text),
  'row change': (text) => safeParse(RowChangeMessageSchema, text),
};

const HOSTILE = {
  'closing brackets': 'http://x)',
  'brackets in pairs': 'http://x()',
  'opening brackets': 'http://x(',
  'marks at the end': 'http://x.,;:!?',
  'half a scheme': 'http',
  schemes: 'http://',
  'many links': 'http://a.b/ ',
  'ports and percent signs': 'http://x:9%',
  'international names': 'http://а.',
  credentials: 'http://a@',
  slashes: 'http:///',
  accents: 'é\u0301',
  joiners: '\u200d',
  directions: '\u202e',
  blanks: ' x'.repeat(2),
  spaces: '   ',
  emoji: '😀',
  controls: '\u0000',
  'terminal sequences': '\u001b[1;',
  'line breaks': '\r\n\u2028',
  'nested arrays': '[',
  'nested objects': '{"a":',
  'marks of code': 'a`',
  'fences of code': '```\n',
  'fences that are not closed': '```a\n',
  'quotation marks': '"\\',
};

/** A text that begins with the pattern and then repeats its last character, or the pattern. */
const grow = (pattern: string, length: number) => [
  pattern + pattern.slice(-1).repeat(length),
  pattern.repeat(Math.ceil(length / pattern.length)),
];

const SHORT = 4_000;
const FACTOR = 8;

/** ms of the fastest of several runs, which the machine disturbed least. */
function fastest(run: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return Math.min(...times);
}

describe.each(Object.entries(FUNCTIONS))('the time of %s', (_name, read) => {
  test.each(Object.entries(HOSTILE))(
    'grows with the length of a text of %s, not faster',
    (_what, pattern) => {
      const long = grow(pattern, SHORT * FACTOR);
      grow(pattern, SHORT).forEach((short, index) => {
        // Below that, the clock is too coarse for a ratio.
        const least = Math.max(
          fastest(() => read(short)),
          0.5,
        );
        expect(fastest(() => read(long[index] ?? '')) / least).toBeLessThan(FACTOR * 4);
      });
    },
  );
});
