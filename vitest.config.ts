import { defineConfig } from 'vitest/config';

/**
 * Two rings, each a project per part: `unit` (pure, fast, any order) and `integration` (real Postgres, sockets,
 * processes). The browser journeys of tests/ come last, on the built site. The web app's own tests have their own config.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{contract,sql,lambda-function,netlify,connector,local}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', '**/*.db.test.ts', 'local/broker/**'],
        },
      },
    ],
  },
});
