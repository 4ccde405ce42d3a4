import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linkify } from '~/utils/linkify';

const links = (text: string) => linkify(text).flatMap(({ href }) => (href ? [href] : []));

describe('linkify', () => {
  test.each([
    ['see https://example.org/a?b=c#d', 'https://example.org/a?b=c#d'],
    ['HTTP://EXAMPLE.ORG', 'http://example.org/'],
    ['(https://example.org/a)', 'https://example.org/a'],
    ['https://example.org/a_(b)', 'https://example.org/a_(b)'],
    ['Is it https://example.org?!', 'https://example.org/'],
    ['“https://example.org/a”', 'https://example.org/a'],
    ['http://127.0.0.1:3000/x', 'http://127.0.0.1:3000/x'],
  ])('links "%s" to %s', (text, href) => {
    expect(links(text)).toEqual([href]);
  });

  test.each([
    'javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'ftp://example.org',
    'https://',
    'https://bank.example@evil.example/',
    'xhttps://example.org',
    'example.org',
  ])('does not link "%s"', (text) => {
    expect(links(text)).toEqual([]);
  });

  test('ends a link before characters that would disguise it', () => {
    expect(links('https://example.org/\u202Egpj.exe')).toEqual(['https://example.org/']);
  });

  test('preserves the text, and links to http(s) only', () => {
    const piece = fc.oneof(fc.constantFrom('https://', 'http://a.b', ')', '.', ' ', '"'), fc.string());
    fc.assert(
      fc.property(
        fc.array(piece).map((parts) => parts.join('')),
        (text) => {
          expect(
            linkify(text)
              .map((part) => part.text)
              .join(''),
          ).toBe(text);
          for (const href of links(text)) expect(href).toMatch(/^https?:\/\//);
        },
      ),
    );
  });

  test('processes 4,000 characters of near misses within a second', () => {
    const text = 'http://'.repeat(570);
    const startedAt = performance.now();
    linkify(text);
    linkify(`http://a${'('.repeat(3_900)}`);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
