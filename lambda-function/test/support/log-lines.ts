import { vi } from 'vitest';

/** Catches what the functions log from now on, until mocks are restored. Other output passes. */
export function catchLog(): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const print = process.stdout.write.bind(process.stdout);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    if (!String(text).startsWith('{"level"')) return print(text);
    lines.push(JSON.parse(String(text)));
    return true;
  });
  return lines;
}
