/**
 * `npm run test:docker`: the connector's image, built and run. Needs a container engine; where there is none it says so and passes.
 *
 *   POSTGRES_IMAGE                   the PostgreSQL to run against; postgres:17
 *   TESTCONTAINERS_RYUK_DISABLED     true, where the image that cleans up after killed tests cannot be pulled
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
