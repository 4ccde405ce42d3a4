import { describe, expect, test } from 'vitest';
import VersionDiff from '~/components/versions/VersionDiff.vue';
import { show } from '../support/page';

/** What sighted people see. */
function shown(before: string | undefined, after: string): string {
  const wrapper = show(VersionDiff, { before, after });
  for (const spoken of wrapper.element.parentElement?.querySelectorAll('.sr-only') ?? []) spoken.remove();
  const marks = { DEL: '−', INS: '+' } as Record<string, string>;
  return [...wrapper.get('.message-text').element.children]
    .map(({ tagName, textContent }) => (marks[tagName] ? `[${marks[tagName]}${textContent}]` : textContent))
    .join('');
}

describe('The difference to the version before', () => {
  test('does not mark the space around a changed word', () => {
    expect(shown('a second thought coming.', 'a second thought.')).toBe('a second thought [−coming].');
    expect(shown('one', 'one, and two ')).toBe('one[+, and two] ');
  });

  test('marks changed space where nothing else changed', () => {
    expect(shown('one  two', 'one two')).toBe('one[−  ][+ ]two');
  });

  test('is none for a first version, and for one with the same text', () => {
    expect(shown(undefined, 'one')).toBe('one');
    expect(shown('one', 'one')).toBe('one');
  });
});
