import { expect, test } from 'vitest';
import { PERSON_COLOURS, personColour } from '~/utils/person-colour';

test('personColour: returns the same colour for the same person', () => {
  expect(personColour('0b7ef5c0-7c5e-4f0e-9b3b-0d4ffb2f0e01')).toBe(
    personColour('0b7ef5c0-7c5e-4f0e-9b3b-0d4ffb2f0e01'),
  );
  expect(personColour(null)).toBe('person-unknown');
});

test('personColour: spreads people evenly over the colours', () => {
  const counts = new Map<string, number>();
  for (let index = 0; index < 12_000; index += 1) {
    const colour = personColour(`person-${index}`);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  expect(counts.size).toBe(PERSON_COLOURS);
  expect(Math.min(...counts.values())).toBeGreaterThan(700);
  expect(Math.max(...counts.values())).toBeLessThan(1_300);
});
