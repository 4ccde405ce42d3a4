import { ChildProcess } from 'node:child_process';

/**
 * Keeps the project `unit` fast: a test that needs a process belongs to `parts` (see UNIT in
 * vitest.config.ts).
 */
Object.assign(ChildProcess.prototype, {
  spawn({ file }: { file: string }): never {
    throw new Error(
      `A unit test must not start a process (${file}). Remove the test file from UNIT in vitest.config.ts.`,
    );
  },
});
