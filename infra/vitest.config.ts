import { defineConfig } from 'vitest/config';

/** The deployment, tested without any cloud: `npx vitest run --config infra/vitest.config.ts`. */
export default defineConfig({
  root: import.meta.dirname,
  test: { include: ['test/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000 },
});
