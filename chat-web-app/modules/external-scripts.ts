import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defineNuxtModule } from 'nuxt/kit';

/** Groups: 1 attributes, 2 body. Only what this build itself wrote is matched, never a stranger's HTML. */
const SCRIPT = /<script\b([^>]*)>([\s\S]*?)<\/script>/g;
const DATA_BLOCK = /\btype="(?:application\/json|speculationrules)"/;

export interface ExternalizedPage {
  html: string;
  /** Path under the site's root to the file's text. */
  files: Map<string, string>;
}

/**
 * Moves every inline script that a browser would run into a file named by its content, so that the page works under
 * `script-src 'self'`. The tag stays where it was and stays synchronous: Nuxt's settings must be there before the entry.
 * @throws when a script cannot live in a file (an import map)
 */
export function externalizeScripts(html: string, assetsPath: string): ExternalizedPage {
  const files = new Map<string, string>();
  const external = html.replace(SCRIPT, (tag, attributes: string, body: string) => {
    if (/\bsrc=/.test(attributes) || DATA_BLOCK.test(attributes)) return tag;
    if (/\btype="importmap"/.test(attributes)) {
      throw new Error(
        'The page holds an import map, which cannot be moved out of it: set experimental.entryImportMap to false.',
      );
    }
    const path = `${assetsPath}inline.${createHash('sha256').update(body).digest('hex').slice(0, 12)}.js`;
    files.set(path, body);
    return `<script${attributes} src="${path}"></script>`;
  });
  return { html: external, files };
}

export default defineNuxtModule({
  meta: { name: 'external-scripts' },
  setup(_options, nuxt) {
    nuxt.hook('nitro:init', (nitro) => {
      nitro.hooks.hook('prerender:generate', async (route) => {
        if (!route.contents?.includes('<script')) return;
        const assetsPath = nuxt.options.app.baseURL + nuxt.options.app.buildAssetsDir.replace(/^\//, '');
        const page = externalizeScripts(route.contents, assetsPath);
        route.contents = page.html;
        for (const [path, text] of page.files) {
          const file = join(nitro.options.output.publicDir, path.slice(nuxt.options.app.baseURL.length));
          await mkdir(dirname(file), { recursive: true });
          await writeFile(file, text);
        }
      });
    });
  },
});
