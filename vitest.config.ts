import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Each file starts a whole system. */
const oneAfterTheOther = { fileParallelism: false, testTimeout: 60_000, hookTimeout: 180_000 };

/**
 * `parts`: each part alone, on real Postgres, sockets and processes. `journeys`: the whole stack and real browsers. `deploy`: what is deployed,
 * as it is deployed (infra/ has a configuration of its own for its many templates). The web app has its own configuration (chat-web-app/vitest.config.ts).
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'parts',
          include: [
            '{bench,contract,sql,lambda-function,netlify,connector,connector-config,local}/**/*.test.ts',
            'tests/*.test.ts',
          ],
          exclude: ['**/node_modules/**', '**/dist/**'],
          // Most of these wait most of the time, for sockets and disks: one file at a time, Vitest's own choice for two cores, takes twice as long.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'journeys',
          include: ['tests/{integration,browser}/**/*.spec.ts'],
          ...oneAfterTheOther,
        },
      },
      { test: { name: 'deploy', include: ['tests/deploy/**/*.spec.ts'], ...oneAfterTheOther } },
    ],
  },
});
