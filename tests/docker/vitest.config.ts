import { defineConfig } from 'vitest/config';

/** Building an image installs packages, and the first run pulls its base: minutes on a slow line. */
export default defineConfig({
  test: { include: ['*.test.ts'], testTimeout: 60_000, hookTimeout: 900_000, fileParallelism: false },
});
