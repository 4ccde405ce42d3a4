import vue from '@vitejs/plugin-vue';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

/**
 * Tests that start no process, neither PostgreSQL nor a part of the system. All others of the parts
 * belong to `parts`.
 */
const UNIT = [
  '{contract,netlify}/test/*.test.ts',
  'bench/test/report.test.ts',
  'connector/test/{ask,backoff,delivery,errors,examples,health,pace,pending-changes}.test.ts',
  'lambda-function/test/{decode,env}.test.ts',
  'local/broker/test/!(cli|journal).test.ts',
  'local/stack/test/env.test.ts',
  'tests/!(launch|left-behind).test.ts',
];
const NOT_OURS = [...configDefaults.exclude, '**/dist/**'];

const webApp = fileURLToPath(new URL('./chat-web-app', import.meta.url));

/**
 * These tests wait half of the time, for sockets, disks and countdowns. One file at a time, which
 * is Vitest's choice for two cores, takes twice as long.
 */
const maxWorkers = availableParallelism() * 2;

/** With `ABLY_RULE_LOSS=0.1 npm test journeys` much comes later (tests/support/expect-soon.ts). */
const testTimeout = process.env.ABLY_RULE_LOSS ? 400_000 : 60_000;
const wholeSystem = { maxWorkers, testTimeout, hookTimeout: 180_000 };

/**
 * Every test of the repository. The steps of `npm test` name these projects
 * (tests/support/run/steps.ts).
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: UNIT,
          exclude: NOT_OURS,
          setupFiles: ['tests/support/no-processes.ts'],
          maxWorkers,
          testTimeout: 20_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        root: webApp,
        plugins: [vue()],
        resolve: { alias: { '~': `${webApp}/app` } },
        test: {
          name: 'web-app',
          include: ['test/**/*.test.ts'],
          exclude: [...NOT_OURS, 'test/{build,delivery}/**'],
          environment: 'happy-dom',
          maxWorkers: availableParallelism(),
          restoreMocks: true,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // The page's store on the write rules of a real PostgreSQL.
        root: webApp,
        plugins: [vue()],
        resolve: { alias: { '~': `${webApp}/app` } },
        test: {
          name: 'delivery',
          include: ['test/delivery/**/*.test.ts'],
          environment: 'happy-dom',
          maxWorkers,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'parts',
          include: ['{bench,connector,lambda-function,local,sql}/**/*.test.ts', 'tests/*.test.ts'],
          exclude: [...NOT_OURS, ...UNIT],
          maxWorkers,
          testTimeout: 20_000,
          hookTimeout: 60_000,
          // A condition may take long to hold on a busy machine; Vitest's own limit is 1 s.
          expect: { poll: { timeout: 15_000 } },
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'infra',
          include: ['infra/test/**/*.test.ts'],
          maxWorkers: availableParallelism(),
          // Loading the CDK and synthesizing anew in each file takes three times as long.
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          name: 'site',
          include: ['chat-web-app/test/build/**/*.test.ts'],
          hookTimeout: 120_000,
          sequence: { groupOrder: 5 },
        },
      },
      {
        test: {
          name: 'deploy',
          include: ['tests/deploy/**/*.spec.ts'],
          ...wholeSystem,
          sequence: { groupOrder: 6 },
        },
      },
      {
        test: {
          name: 'journeys',
          include: ['tests/{integration,browser}/**/*.spec.ts'],
          ...wholeSystem,
          sequence: { groupOrder: 7 },
        },
      },
      {
        test: {
          name: 'docker',
          include: ['tests/docker/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          // Building an image installs packages, and the first run pulls its base.
          hookTimeout: 900_000,
          sequence: { groupOrder: 8 },
        },
      },
    ],
  },
});
