/**
 * `npm run test:docker`: builds and runs the connector's image. Without a container engine it prints
 * the reason and passes.
 *
 *   POSTGRES_IMAGE                   the PostgreSQL to test with; default postgres:17
 *   NODE_IMAGE                       the Node to build with and on; default node:24-slim
 *   TESTCONTAINERS_RYUK_DISABLED     true where the cleaning image cannot be pulled; built images,
 *                                    and containers of a killed run, then remain
 *   DEBUG                            testcontainers:build shows why an image cannot be built
 */
import { join } from 'node:path';
import { startVitest } from 'vitest/node';
import { whyNoEngine } from './engine.ts';

const reason = await whyNoEngine();
if (reason) {
  console.log(`0 passed, 0 failed: skipped, because this machine cannot run containers: ${reason}`);
} else {
  // A failed test sets the exit code.
  const vitest = await startVitest('test', [], {
    config: join(import.meta.dirname, 'vitest.config.ts'),
    root: import.meta.dirname,
    watch: false,
  });
  await vitest.close();
}
