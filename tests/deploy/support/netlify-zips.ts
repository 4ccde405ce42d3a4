import { zipFunctions } from '@netlify/zip-it-and-ship-it';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPOSITORY } from '../../support/paths.ts';
import { unpackZip } from './lambda-zips.ts';

const FUNCTIONS = join(REPOSITORY, 'netlify/functions');
const OPTIONS = { basePath: REPOSITORY, repositoryRoot: REPOSITORY };

/** Returns what Netlify's bundler passes on to limit the requests of each function. */
export async function trafficRules(folder: string): Promise<Record<string, unknown>> {
  const zips = await zipFunctions(FUNCTIONS, join(folder, 'limited'), OPTIONS);
  return Object.fromEntries(zips.map(({ name, trafficRules: rules }) => [name, rules?.action]));
}

/**
 * Bundles the functions with Netlify's bundler and unpacks each into the folder, outside the
 * repository.
 * @returns name of each function → its module
 */
export async function unpackNetlifyZips(folder: string): Promise<Record<string, string>> {
  const zips = await zipFunctions(FUNCTIONS, join(folder, 'zips'), OPTIONS);
  const entries: Record<string, string> = {};
  for (const { name, path } of zips) {
    const names = await unpackZip(await readFile(path), join(folder, name));
    const entry = names.find((file) => /^netlify\/functions\/[\w-]+\.mjs$/.test(file));
    if (entry === undefined) throw new Error(`No function among ${names.slice(0, 20).join(', ')}`);
    entries[name] = join(folder, name, entry);
  }
  return entries;
}
