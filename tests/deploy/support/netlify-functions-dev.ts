import { mockLocation, Reactive } from '@netlify/dev-utils';
import { FunctionsHandler } from '@netlify/functions-dev';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '../../support/paths.ts';

export interface FunctionsDev {
  /** @returns undefined for a request that no function answers */
  call(request: Request): Promise<Response | undefined>;
  close(): Promise<void>;
}

/**
 * Netlify's local server of functions, as in its command line. It bundles the functions and calls
 * each in a worker with the environment of this process.
 */
export async function startFunctionsDev(): Promise<FunctionsDev> {
  const destPath = await mkdtemp(join(tmpdir(), 'chat-functions-'));
  const functions = new FunctionsHandler({
    config: new Reactive({ functions: {} }),
    destPath,
    geolocation: mockLocation,
    projectRoot: REPOSITORY,
    settings: {},
    userFunctionsPath: 'netlify/functions',
  });
  return {
    call: async (request) => (await functions.match(request, destPath))?.handle(request),
    close: () => rm(destPath, { recursive: true, force: true }),
  };
}
