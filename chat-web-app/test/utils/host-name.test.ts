import { describe, expect, test } from 'vitest';
import { linkify } from '~/utils/linkify';

/** The text of the only link. */
const shown = (text: string) =>
  linkify(text)
    .map((piece) => piece.shown ?? piece.text)
    .join('');

describe('the host name of a link', () => {
  test.each([
    'https://example.org/ünïcode?q=а',
    'http://127.0.0.1:3000/',
    'http://[::1]/',
    'https://münchen.de/',
    'https://straße.de',
    'https://пример.рф/путь',
    'https://例え.jp',
    'https://カタカナ-1.jp',
    'https://한국.kr',
    'https://παράδειγμα.gr',
    'https://مثال.com',
    'https://उदाहरण.com',
  ])('is shown as written in %s', (address) => {
    expect(shown(address)).toBe(address);
  });

  test.each([
    ['Cyrillic that imitates Latin', 'https://аррӏе.com/login', 'https://xn--80ak6aa92e.com/login'],
    ['one Cyrillic letter', 'https://exаmple.org', 'https://xn--exmple-4nf.org'],
    ['Greek that imitates Latin', 'https://νικον.com', undefined],
    ['a mixture of Greek and Cyrillic', 'https://λж.com', undefined],
    ['dotless i', 'https://gıthub.com', 'https://xn--gthub-n4a.com'],
    ['letters of phonetics', 'https://ɡoogle.com', undefined],
    ['full-width letters', 'https://ｅｘａｍｐｌｅ.org/x', 'https://example.org/x'],
    ['circled letters', 'https://ⓔxample.org', 'https://example.org'],
    ['another dot', 'https://example。org', 'https://example.org'],
    ['letters of mathematics', 'https://𝐞xample.org', 'https://example.org'],
    ['Latin letters with a sign like a slash', 'https://google.comノlogin.evil.com', undefined],
    ['a sign like a slash', 'https://google.com.ノ.evil.com', undefined],
    ['Armenian that imitates Latin', 'https://հօո.com', undefined],
    ['other Cyrillic that imitates Latin', 'https://үоү.com', undefined],
    ['Cyrillic with an accent that imitates Latin', 'https://ѐо.com', undefined],
    ['marks under the line of a link', 'https://ạpplẹ.com', undefined],
    ['a stroke through a letter', 'https://googłe.com', undefined],
    ['a port', 'https://аррӏе.com:8443/x', 'https://xn--80ak6aa92e.com:8443/x'],
  ])('is shown in the form that browsers resolve for %s', (_what, address, expected) => {
    const [piece] = linkify(address);
    expect(piece?.text).toBe(address);
    const host = new URL(address).hostname;
    expect(shown(address)).toContain(`https://${host}`);
    if (expected !== undefined) expect(shown(address)).toBe(expected);
  });
});
