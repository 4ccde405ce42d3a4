import { describe, expect, test } from 'vitest';
import { ensureBuildable } from '../src/build/ensure-buildable.ts';

describe('a clone in a folder with an odd name', () => {
  test.for([
    ['/home/me/C# things/chat', '#', 'C# things'],
    ['/home/100%/chat', '%', '100%'],
    ["/home/Ann's/chat", "'", "Ann's"],
  ] as const)('is reported when the page cannot be built in %s', ([folder, sign, part]) => {
    expect(() => ensureBuildable(folder)).toThrow(
      `in ${folder}: Nuxt does not bear the sign ${sign} in “${part}”. Rename that folder`,
    );
  });

  test('is accepted with harmless signs', () => {
    expect(() => ensureBuildable('/home/Jürgen (日本), A & B/my [chat]_1.0~{x}$y')).not.toThrow();
  });
});
