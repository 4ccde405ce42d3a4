import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Scheme = 'light' | 'dark';

const css = (name: string) => readFileSync(join(import.meta.dirname, '../../app/assets/css', name), 'utf8');

const COLOUR = /#[0-9a-f]{6}/g;

function read(text: string, declaration: RegExp): Map<string, Record<Scheme, string>> {
  return new Map(
    [...text.matchAll(declaration)].map(([, name = '', value = '']) => {
      const [light = '', dark = light] = value.match(COLOUR) ?? [];
      return [name, { light, dark }];
    }),
  );
}

/** The colours of theme.css by their name without `--color-`. */
export const themeColours = read(css('theme.css'), /--color-([\w-]+): ([^;]+);/g);

/** The colours of people by their class. */
export const personColours = read(css('people.css'), /\.(person-(?:\d+|unknown)) \{\s*--person: ([^;]+);/g);

/** @see https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
export function contrast(first: string, second: string): number {
  const [lighter = 0, darker = 0] = [luminance(first), luminance(second)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const value = parseInt(colour.slice(start, start + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
