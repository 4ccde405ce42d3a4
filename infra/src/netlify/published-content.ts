import { FileSystem, IgnoreMode } from 'aws-cdk-lib';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { REPOSITORY } from '../names.ts';
import type { DesiredVariable, Site } from './netlify-api.ts';

/** Everything that Netlify's build reads, relative to the repository. */
export const PUBLISHED_SOURCES = [
  'chat-web-app',
  'contract',
  'netlify',
  'local/stack/src/build',
  'netlify.toml',
  'package.json',
  'package-lock.json',
];

const NOT_PUBLISHED = ['node_modules', '.nuxt', '.output', '.data', 'dist', 'coverage', 'test', 'testing'];

/**
 * Returns the title of the deploy that publishes the present sources with these variables. Netlify
 * shows the title, and returns it with the site: a deploy with the same title would publish the
 * same again, and each deploy costs credits.
 * @param tool name and version of the program that builds
 */
export function deployTitle(
  tool: string,
  variables: readonly DesiredVariable[],
  repository = REPOSITORY,
): string {
  // A function keeps the variables of its deploy, so they are part of what is published. The hash
  // reveals no secret: secrets are long and random.
  const hash = createHash('sha256').update(`${tool}\n${JSON.stringify(variables)}`);
  for (const path of PUBLISHED_SOURCES) hash.update(contentOf(join(repository, path)));
  return `npm run deploy, content ${hash.digest('hex').slice(0, 32)}`;
}

const contentOf = (path: string): string =>
  FileSystem.fingerprint(path, {
    exclude: NOT_PUBLISHED.flatMap((name) => [`**/${name}`, `**/${name}/**`]),
    ignoreMode: IgnoreMode.GLOB,
  });

export const isPublished = (site: Site, title: string): boolean => site.published_deploy?.title === title;
