import { readFile } from 'node:fs/promises';
import type { HeaderRule } from './netlify-toml.ts';

/**
 * Reads `_headers` of a built site, whose rules Netlify applies like those of netlify.toml: a path,
 * and below it a line for each header.
 */
export async function readHeadersFile(file: string): Promise<HeaderRule[]> {
  return parseHeadersFile(await readFile(file, 'utf8'));
}

export function parseHeadersFile(text: string): HeaderRule[] {
  const rules: HeaderRule[] = [];
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name, value] = /^([\w-]+):\s*(.+)$/.exec(line) ?? [];
    if (line.startsWith('/')) rules.push({ for: line, values: {} });
    else if (name && value) Object.assign(rules.at(-1)?.values ?? {}, { [name]: value });
    else throw new Error(`The line "${line}" of _headers is neither a path nor a header.`);
  }
  return rules;
}
