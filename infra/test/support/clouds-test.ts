import { test as base } from 'vitest';
import { startFakeClouds } from './fake-clouds.ts';

/** `fakes`: empty accounts at all clouds, for the stage that a file may override. */
export const test = base
  .extend('stage', 'dev' as string)
  .extend('fakes', async ({ stage }, { onCleanup }) => {
    const fakes = await startFakeClouds(stage);
    onCleanup(() => fakes.close());
    return fakes;
  });
