/**
 * `npm run test:docker`: the connector's image, built and run. Needs a container engine; where there is none it says so and passes.
 *
 *   POSTGRES_IMAGE                   the PostgreSQL to run against; postgres:17
 *   NODE_IMAGE                       the Node to build with and on; node:24-slim
 *   TESTCONTAINERS_RYUK_DISABLED     true, where the image that cleans up cannot be pulled: the images built, and what a killed run
 *                                    leaves, then stay
 *   DEBUG                            testcontainers:build shows why an image cannot be built
 */
import { join } from 'node:path';
import { startVitest } from 'vitest/node';
import { whyNoEngine } from './engine.ts';

const reason = await whyNoEngine();
if (reason) {
  console.log(`0 passed, 0 failed: skipped, because no container can be run here: ${reason}`);
} else {
  // A failed test sets the exit code.
  const vitest = await startVitest('test', [], {
    config: join(import.meta.dirname, 'vitest.config.ts'),
    root: import.meta.dirname,
    watch: false,
  });
  await vitest.close();
}
