import { describe, expect, test } from 'vitest';
import { contrast, personColours, themeColours } from './theme-colours';
import type { Scheme } from './theme-colours';
import { PERSON_COLOURS } from '~/utils/person-colour';

const PAGE = ['page-start', 'page-end'];
const PAGES = [...PAGE, 'surface', 'panel'];

/** Text that people came to read: WCAG 2.2 AAA. */
const MESSAGES = [
  ['on-mine', ['mine', 'mine-field']],
  ['on-waiting', ['waiting']],
  ['on-theirs', ['theirs']],
] as const;

/** Other text: AA. */
const TEXTS = [
  ['text', PAGES],
  ['muted', PAGES],
  ['faint', [...PAGE, 'surface']],
  ['link', ['panel']],
  ['problem', PAGE],
  ['mine-note', ['mine']],
  ['mine-problem', ['mine']],
  ['theirs-note', ['theirs']],
  ['on-brand', ['brand', 'brand-hover']],
  ['on-button', ['button-start', 'button-end']],
  ['on-tile', ['tile']],
  ['ink', ['paper']],
  ['ink-brand', ['paper']],
  ['code-string', ['paper']],
  ['code-keyword', ['paper']],
  ['code-function', ['paper']],
  ['code-punctuation', ['paper']],
] as const;

/** What must be recognized but not read: AA for controls and signs. */
const SIGNS = [
  ['focus', PAGES],
  ['control', PAGE],
  ['switch-off', PAGE],
  ['problem-line', PAGE],
  ['warning', PAGE],
  ['live', [...PAGE, 'surface']],
  ['done', ['panel']],
  ['ink-line', ['paper']],
  ['mine-line', ['mine']],
] as const;

const SCHEMES: Scheme[] = ['light', 'dark'];

function colour(name: string, scheme: Scheme): string {
  const found = themeColours.get(name);
  if (!found) throw new Error(`theme.css has no --color-${name}`);
  return found[scheme];
}

describe.each(SCHEMES)('in the %s theme', (scheme) => {
  const expectContrast = (name: string, background: string, least: number) =>
    expect(
      contrast(colour(name, scheme), colour(background, scheme)),
      `${name} on ${background}`,
    ).toBeGreaterThanOrEqual(least);

  test.each(MESSAGES)('the message text %s has a contrast of 7:1', (name, backgrounds) => {
    for (const background of backgrounds) expectContrast(name, background, 7);
  });
  test.each(TEXTS)('the text %s has a contrast of 4.5:1', (name, backgrounds) => {
    for (const background of backgrounds) expectContrast(name, background, 4.5);
  });
  test.each(SIGNS)('the sign %s has a contrast of 3:1', (name, backgrounds) => {
    for (const background of backgrounds) expectContrast(name, background, 3);
  });

  test('every person has a colour of their own, with a contrast of 3:1', () => {
    const colours = [...personColours.values()].map((person) => person[scheme]);
    expect(new Set(colours).size).toBe(PERSON_COLOURS + 1);
    for (const person of colours) {
      for (const background of [...PAGE, 'surface', 'theirs']) {
        expect(contrast(person, colour(background, scheme)), `${person} on ${background}`).toBeGreaterThan(3);
      }
    }
  });
});
