import { vi } from 'vitest';

export type LogLine = Record<string, unknown>;

/** Collects the functions' log lines until mocks are restored. Other output passes through. */
export function catchLog(): LogLine[] {
  const lines: LogLine[] = [];
  const print = process.stdout.write.bind(process.stdout);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    if (!String(text).startsWith('{"level"')) return print(text);
    lines.push(JSON.parse(String(text)));
    return true;
  });
  return lines;
}
